/** `inventory reconcile`: the invariants on a running table. */
import { parseArgs } from "node:util";
import type { Difference, Promised } from "../functions/domain/reconcile.ts";
import { type LevelDifference, type Reconciliation, reconcile } from "../functions/reconcile/reconcile.ts";
import { systemRuntime } from "../functions/system-runtime.ts";
import { dynamoDbAt } from "./clients.ts";
import type { Command } from "./command.ts";
import { tablesOf } from "./target.ts";
import { UsageError } from "./usage-error.ts";

const usage = `Usage: npm run inventory -- reconcile [options]

Compares every level with its movements and with the reservations that rest on it, and writes nothing.
Without options it looks at the stack that \`npm start\` runs on this machine.

  --stack NAME             a stack in an account, with the credentials of the environment
  --state DIRECTORY        a stack on this machine that was started with --state
  --inventory-table NAME   the inventory table of another stack, or one that was restored
  --movements-table NAME   its movements table
  --endpoint URL           where the DynamoDB of these two answers; without it AWS
  --settle-seconds N       how long a difference may last before it counts (default 10)
  --json                   prints the result as JSON

Exit codes: 0 no difference, 1 differences, 2 levels changed too often for a verdict, 64 wrong usage, 70 it failed.`;

/** Prints every difference with its movements. */
export const reconcileCommand: Command = {
  summary: "compares every level with its history and its reservations; writes nothing",
  usage,
  run: async (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        stack: { type: "string" },
        state: { type: "string" },
        "inventory-table": { type: "string" },
        "movements-table": { type: "string" },
        endpoint: { type: "string" },
        "settle-seconds": { type: "string", default: "10" },
        json: { type: "boolean", default: false },
      },
    });
    if (!/^\d{1,4}$/.test(values["settle-seconds"])) {
      throw new UsageError("--settle-seconds must be a whole number from 0 to 9999.");
    }
    const { endpoint, tables } = await tablesOf({
      stack: values.stack ?? null,
      state: values.state ?? null,
      inventoryTable: values["inventory-table"] ?? null,
      movementsTable: values["movements-table"] ?? null,
      endpoint: values.endpoint ?? null,
    });
    const client = dynamoDbAt(endpoint);
    try {
      const settleMs = Number(values["settle-seconds"]) * 1000;
      const result = await reconcile({ client, tables, runtime: systemRuntime }, { settleMs });
      console.log(values.json ? JSON.stringify(result, null, 2) : report(result));
      return result.differences.length > 0 ? 1 : result.undecided.length > 0 ? 2 : 0;
    } finally {
      client.destroy();
    }
  },
};

/** Every difference with its movements, and a last line that counts. */
export function report({ levels, openReservations, movements, differences, undecided }: Reconciliation): string {
  return [
    ...differences.flatMap(reportOfLevel),
    ...undecided.map(({ sku, locationId }) => `${sku} at ${locationId} changed too often for a verdict.`),
    `${levels} levels, ${openReservations} open reservations, ${movements} movements: ${differences.length} levels with differences` +
      (undecided.length === 0 ? "." : `, ${undecided.length} without a verdict.`),
  ].join("\n");
}

function reportOfLevel({ level, differences, movements }: LevelDifference): readonly string[] {
  return [
    `${level.sku} at ${level.locationId}, version ${level.version}: ${JSON.stringify(level.figures)}`,
    ...differences.map((difference) => `  ${describe(difference)}`),
    `  its ${movements.length} movements:`,
    ...movements.map(
      ({ cell, version, type, atMs, changes, reservationId, actor }) =>
        `    ${cell === null ? "" : `cell ${cell.generation}/${cell.index} `}${version} ${new Date(atMs).toISOString()} ${type} ${JSON.stringify(changes)}` +
        ` by ${actor}${reservationId === null ? "" : ` for ${reservationId}`}`,
    ),
  ];
}

function describe(difference: Difference): string {
  switch (difference.kind) {
    case "figures":
      return `invariant 1${ofCell(difference)}: ${difference.figures.join(", ")} do not add up or are below 0`;
    case "replay":
      return difference.fault.kind === "gap"
        ? `invariant 5${ofCell(difference)}: the movement of version ${difference.fault.missingVersion} is missing`
        : `invariant 5${ofCell(difference)}: after version ${difference.fault.version} ${difference.fault.figure} should be ` +
            `${difference.fault.expected} and is ${difference.fault.found}`;
    case "promised":
      return `invariant 2: promised are ${units(difference.level)}, open reservations rest on ${units(difference.openLegs)}`;
    case "reservation":
      return (
        `invariant 2: the movements promise ${units(difference.byMovements)} to ${difference.reservationId} ` +
        `(${difference.status}), which rests on ${units(difference.byReservation)}`
      );
    case "queue":
      return (
        `invariant 2: ${difference.reservationId} has ${difference.inQueue} in the queue of ` +
        `${new Date(difference.promisedAtMs).toISOString()}, and was promised ${difference.byReservation}`
      );
  }
}

function ofCell({ cell }: { readonly cell: number }): string {
  return cell === 0 ? "" : ` in cell ${cell}`;
}

function units({ reserved, backordered }: Promised): string {
  return backordered === 0 ? `${reserved}` : `${reserved} and ${backordered} backordered`;
}
