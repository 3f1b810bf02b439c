/**
 * Two ways of reserving and adjusting that are known to be bad. They are played instead of the service's own: a
 * simulator that does not catch them catches nothing.
 */
import type { Adjustment } from "../../functions/domain/adjustment.ts";
import {
  type BaseDeltas,
  type Figure,
  type Figures,
  figureDeltas,
  figureNames,
  type LastChange,
  type Level,
} from "../../functions/domain/level.ts";
import { emptyLeg } from "../../functions/domain/line.ts";
import { movementOf } from "../../functions/domain/movement.ts";
import { contention, done, type Outcome } from "../../functions/domain/refusal.ts";
import { changeFor, type HeldReservation } from "../../functions/domain/reservation.ts";
import { firstDeadline } from "../../functions/domain/reservation-times.ts";
import type { ReservationServices } from "../../functions/reservations/services.ts";
import { expressionOf } from "../../functions/storage/condition.ts";
import { versionIs } from "../../functions/storage/level-conditions.ts";
import { readLevel, storedLevel } from "../../functions/storage/levels.ts";
import { putMovement } from "../../functions/storage/movements.ts";
import { operationMarker } from "../../functions/storage/operations.ts";
import { creationOfReservation } from "../../functions/storage/reservations.ts";
import { RetryBudget, transactWithin } from "../../functions/storage/retry-budget.ts";
import type { TransactionPart } from "../../functions/storage/transaction.ts";
import { catalogue } from "./catalogue.ts";
import { actorOf, executeCommand, operationDigestOf, type Request, requestDigestOf } from "./commands.ts";
import type { Design } from "./design.ts";
import type { Command, Operation } from "./operation.ts";
import { times } from "./service.ts";
import { tables } from "./world/world.ts";

interface Rules {
  /** Writes only what is still as it was read. */
  readonly comparesVersion: boolean;
  /** Writes the entry of the log itself, after the change. */
  readonly logsAfterwards: boolean;
}

/** What is to be written instead of the levels that were read, in their order; with the proof that it is done once. */
interface Plan {
  readonly changes: readonly { readonly deltas: BaseDeltas; readonly lastChange: LastChange }[];
  readonly once: TransactionPart;
  readonly result: unknown;
}

interface Place {
  readonly sku: string;
  readonly locationId: string | null;
}

/** By this reason of a change it is told that its request has logged it. */
const loggedByRequest = "logged";

function designOf(rules: Rules): Design {
  return {
    execute: async (services, request) => {
      const { operation } = request;
      const { command } = operation;
      let outcome: Outcome<unknown> | null = null;
      if (command.kind === "reserve") {
        const plan = (levels: readonly Level[]) => reservationOf(services, operation, command, levels);
        outcome = await write(services, rules, request, command.lines, plan);
      } else if (command.kind === "adjust" && (command.atomic || command.changes.length === 1)) {
        const plan = (levels: readonly Level[]) => adjustmentOf(services, operation, command, levels);
        outcome = await write(services, rules, request, command.changes, plan);
      }
      // What is no plain case is left to the service: so it is these writes alone that are judged.
      return outcome ?? (await executeCommand(services, request));
    },
    logs: ({ after }) => after.lastChange.reason === loggedByRequest,
  };
}

export const canaries = {
  /** Reads, decides, and writes what it has computed, whatever was written in between. */
  "read-then-write": designOf({ comparesVersion: false, logsAfterwards: false }),
  /** Compares what it has read when it writes, and then notes what it did: a crash in between leaves no note. */
  "log-afterwards": designOf({ comparesVersion: true, logsAfterwards: true }),
} as const;

/** Levels that are like any other, each once; null where one of them is something special. */
async function plainLevels(
  { client, locations }: ReservationServices,
  places: readonly Place[],
): Promise<readonly Level[] | null> {
  const inUse = await locations.current();
  const levels = await Promise.all(
    places.map(async ({ sku, locationId }) => {
      const key = { sku, locationId: locationId ?? catalogue[sku]?.homes[0] ?? "nowhere" };
      return await readLevel(client, tables.inventory, key);
    }),
  );
  const isPlain = (level: Level | null): level is Level =>
    level?.settings.active === true &&
    level.settings.backorderLimit === 0 &&
    level.settings.purchaseLimit === null &&
    level.settings.availableFrom === null &&
    level.cells === 0 &&
    inUse.get(level.locationId)?.active === true;
  const names = new Set(levels.map((level) => `${level?.sku}#${level?.locationId}`));
  return levels.every(isPlain) && names.size === levels.length ? levels : null;
}

/** Null for what is left to the service. */
async function write(
  services: ReservationServices,
  rules: Rules,
  { budgetMs }: Request,
  places: readonly Place[],
  planOf: (levels: readonly Level[]) => Plan | null,
): Promise<Outcome<unknown> | null> {
  const { client, runtime } = services;
  const budget = new RetryBudget(services, runtime.now() + budgetMs);
  do {
    const levels = await plainLevels(services, places);
    const plan = levels === null ? null : planOf(levels);
    if (levels === null || plan === null) {
      return null;
    }
    const steps = levels.map((before, index) => ({ before, after: changed(before, plan.changes[index], rules) }));
    const parts = [
      { label: "once", part: plan.once },
      ...steps.map(({ before, after }) => ({ label: "level", part: replacement(before, after, rules) })),
    ];
    const written = await transactWithin(services, budget, parts);
    if (written.kind === "contended") {
      return contention;
    }
    if (written.kind === "written") {
      for (const step of rules.logsAfterwards ? steps : []) {
        await putMovement(client, tables.movements, movementOf(step));
      }
      return done(plan.result);
    }
    if (written.failed.has("once")) {
      return null;
    }
  } while (budget.allowsAnotherPlan());
  return contention;
}

function changed(before: Level, change: Plan["changes"][number] | undefined, { logsAfterwards }: Rules): Level {
  if (change === undefined) {
    throw new Error(`The plan says nothing of ${before.sku} at ${before.locationId}.`);
  }
  const deltas = figureDeltas(change.deltas);
  const figures = { ...before.figures } as Record<Figure, number>;
  for (const name of figureNames) {
    figures[name] += deltas[name] ?? 0;
  }
  const lastChange = { ...change.lastChange, reason: logsAfterwards ? loggedByRequest : null };
  return { ...before, figures: figures satisfies Figures, version: before.version + 1, lastChange };
}

function replacement(before: Level, after: Level, { comparesVersion }: Rules): TransactionPart {
  const condition = comparesVersion ? expressionOf(versionIs(before.version)) : {};
  return { Put: { TableName: tables.inventory, Item: storedLevel(after), ...condition } };
}

/** A hold of all lines, if what was read has enough of each. */
function reservationOf(
  { runtime }: ReservationServices,
  operation: Operation,
  command: Extract<Command, { kind: "reserve" }>,
  levels: readonly Level[],
): Plan | null {
  const { lines, reservationId, referenceId, customerId, mayBackorder } = command;
  if (levels.some(({ figures }, index) => figures.sellable < (lines[index]?.quantity ?? 0))) {
    return null;
  }
  const [nowMs, uid] = [runtime.now(), runtime.newId()];
  const lastChange = changeFor({ ...command, uid }, "reserved", { actor: actorOf(operation), atMs: nowMs });
  const reservation: HeldReservation = {
    status: "held",
    reservationId,
    uid,
    version: 1,
    linesRevision: 1,
    requestDigest: requestDigestOf(operation),
    remembered: [],
    referenceId,
    customerId,
    terms: { strategy: "priority", shipTo: null, mayBackorder },
    createdAtMs: nowMs,
    expiresAtMs: firstDeadline(times, command.ttlSeconds, nowMs),
    lines: lines.map((line, index) => ({
      ...line,
      components: null,
      legs: levels.slice(index, index + 1).map((level) => ({ ...emptyLeg(level), allocated: line.quantity })),
      counted: [],
      restockAt: null,
    })),
  };
  return {
    changes: lines.map(({ quantity }) => ({ deltas: { reserved: quantity }, lastChange })),
    once: creationOfReservation(tables.inventory, reservation, times),
    result: { reservation, created: true },
  };
}

/** Changes of what is on hand, if what was read allows them. */
function adjustmentOf(
  { runtime }: ReservationServices,
  operation: Operation,
  { changes }: Extract<Command, { kind: "adjust" }>,
  levels: readonly Level[],
): Plan | null {
  const isAllowed = ({ figures }: Level, index: number): boolean => {
    const { delta = 0, set, expected, state, force = false } = changes[index] ?? {};
    const isPlain = set === null && expected === null && state === "onHand";
    const isThere = figures.onHand + delta >= 0 && (delta >= 0 || force || figures.sellable + delta >= 0);
    return isPlain && isThere;
  };
  if (!levels.every(isAllowed)) {
    return null;
  }
  const nowMs = runtime.now();
  const lastChange: LastChange = {
    type: "adjusted",
    reason: null,
    reference: null,
    actor: actorOf(operation),
    reservationId: null,
    reservationUid: null,
    atMs: nowMs,
  };
  const adjustments = changes.map(({ delta, set: _, ...rest }): Adjustment => {
    return { ...rest, change: { kind: "delta", delta } };
  });
  const marker = {
    digest: operationDigestOf(operation),
    index: 0,
    requestDigest: requestDigestOf(operation),
    deltas: changes.map(({ delta }) => delta),
  };
  return {
    changes: changes.map(({ delta }) => ({ deltas: { onHand: delta }, lastChange })),
    once: operationMarker(tables.inventory, marker, nowMs),
    result: {
      results: adjustments.map((adjustment, index) => ({ kind: "applied", adjustment, delta: marker.deltas[index] })),
    },
  };
}
