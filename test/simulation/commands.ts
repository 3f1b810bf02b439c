/** What the API makes of the commands that clients send. */
import { putItem } from "../../functions/catalogue/put-item.ts";
import { putLocation } from "../../functions/catalogue/put-location.ts";
import { digestOf } from "../../functions/digest.ts";
import type { Outcome } from "../../functions/domain/refusal.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { extendReservation } from "../../functions/reservations/extend-reservation.ts";
import { fulfilReservation } from "../../functions/reservations/fulfil-reservation.ts";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { rearrangeReservation } from "../../functions/reservations/rearrange-reservation.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { reserveStock } from "../../functions/reservations/reserve-stock.ts";
import { returnUnits } from "../../functions/reservations/return-units.ts";
import type { CommandContext, ReservationServices } from "../../functions/reservations/services.ts";
import { adjustStock } from "../../functions/stock/adjust-stock.ts";
import { configureLevel } from "../../functions/stock/configure-level.ts";
import { splitLevel } from "../../functions/stock/split-level.ts";
import { describedAnew, describedLocation } from "./catalogue.ts";
import type { Command, Operation } from "./operation.ts";

/** How a command is executed: by the service, or by another design that is to be compared with it. */
export type Execute = (services: ReservationServices, request: Request) => Promise<Outcome<unknown>>;

export interface Request {
  readonly operation: Operation;
  readonly expectedRevision: number | null;
  /** How long it may wait for contention to pass. */
  readonly budgetMs: number;
}

/** Who asks for an operation, as the audit trail names him. */
export function actorOf({ number }: Pick<Operation, "number">): string {
  return `client-${number}`;
}

export function requestDigestOf({ command }: Operation): string {
  return digestOf(JSON.stringify(command));
}

export function operationDigestOf({ number }: Operation): string {
  return digestOf("operation", String(number));
}

/** What the API makes of a command: the same every time that the client sends it. */
export const executeCommand: Execute = async (services, { operation, expectedRevision, budgetMs }) => {
  const { number, command, hasKey } = operation;
  const context = { actor: actorOf(operation), budgetEndsAtMs: services.runtime.now() + budgetMs };
  const requestDigest = requestDigestOf(operation);
  const change = hasKey ? { keyDigest: digestOf("key", String(number)), requestDigest } : null;
  switch (command.kind) {
    case "reserve": {
      const { mayBackorder, ...rest } = command;
      const terms = { strategy: services.defaultAllocation, shipTo: null, mayBackorder };
      return await reserveStock(services, { ...context, ...rest, terms, requestDigest });
    }
    case "rearrange":
      return await rearrangeReservation(services, { ...context, ...command, expectedRevision });
    case "commit":
      return await commitReservation(services, { ...context, ...command, expectedRevision });
    case "extend":
      return await extendReservation(services, { ...context, ...command, expectedRevision });
    case "release":
      return await releaseReservation(services, { ...context, ...command, reason: null, expectedRevision });
    case "fulfil": {
      const sku = await skuOfLine(services, command.reservationId, command.line);
      const units = sku === null ? null : [{ sku, quantity: command.quantity, locationId: null }];
      return await fulfilReservation(services, { ...context, ...command, expectedRevision, units, change });
    }
    case "return": {
      const sku = (await skuOfLine(services, command.reservationId, command.line)) ?? "plenty";
      const { quantity, locationId, disposition } = command;
      const units = [{ sku, quantity, locationId, disposition }];
      return await returnUnits(services, { ...context, ...command, expectedRevision, units, change });
    }
    default:
      return await administer(services, operation, command, context);
  }
};

async function administer(
  services: ReservationServices,
  operation: Operation,
  command: Extract<Command, { kind: "adjust" | "put-item" | "configure" | "split" | "put-location" }>,
  context: CommandContext,
): Promise<Outcome<unknown>> {
  switch (command.kind) {
    case "adjust":
      return await adjustStock(services, {
        ...context,
        reason: "correction",
        reference: null,
        atomic: command.atomic,
        changes: command.changes.map(({ delta, set, ...rest }) => ({
          ...rest,
          change: set === null ? { kind: "delta", delta } : { kind: "set", quantity: set },
        })),
        requestDigest: requestDigestOf(operation),
        operationDigest: operationDigestOf(operation),
      });
    case "put-item":
      return await putItem(services, {
        ...context,
        sku: command.sku,
        description: describedAnew(command.sku, command.variant),
        expectedRevision: null,
        mustExist: true,
      });
    case "configure": {
      const { level, lowStockThreshold, backorderLimit } = command;
      return await configureLevel(services, {
        ...context,
        ...level,
        expectedRevision: null,
        wishes: {
          lowStockThreshold: { kind: "own", value: lowStockThreshold },
          ...(backorderLimit === null ? {} : { backorderLimit: { kind: "own", value: backorderLimit } }),
        },
      });
    }
    case "split":
      return await splitLevel(services, { ...context, ...command.level, cells: command.cells });
    case "put-location": {
      const { locationId, active } = command;
      const description = describedLocation(locationId, active);
      return await putLocation(services, {
        ...context,
        locationId,
        description,
        expectedRevision: null,
        mustExist: true,
      });
    }
  }
}

/** The SKU of a line of the reservation as it is now, or null where there is no such line. */
async function skuOfLine(
  services: ReservationServices,
  reservationId: string,
  line: number | null,
): Promise<string | null> {
  if (line === null) {
    return null;
  }
  const found = await getReservation(services, reservationId);
  return found.kind === "done" ? (found.value.lines[line]?.sku ?? null) : null;
}
