/** The verdict on one thing that the walk comes to, and what is logged of it. */
import type { LevelKey } from "../domain/level.ts";
import type { Movement } from "../domain/movement.ts";
import { type Difference, differencesOfReservation } from "../domain/reconcile.ts";
import { isOpen } from "../domain/reservation.ts";
import { errorFields, type Log } from "../log.ts";
import { readLevel } from "../storage/levels.ts";
import { pageOfReservationMovements } from "../storage/movements.ts";
import { everyItem } from "../storage/page.ts";
import { readReservation } from "../storage/reservations.ts";
import { NewerFormError, OutdatedFormError } from "../storage/schema.ts";
import { CorruptItemError } from "../storage/stored-item.ts";
import {
  judgeLevel,
  movementsOfLevel,
  type Patience,
  type ReconcileServices,
  settled,
  TooLongHistoryError,
} from "./judge-level.ts";

export interface JudgingServices extends ReconcileServices {
  readonly log: Log;
}

/** What there is something to judge of. */
export type Target =
  | { readonly kind: "level"; readonly level: LevelKey }
  | { readonly kind: "reservation"; readonly reservationId: string };

export interface TargetVerdict {
  readonly kind: Target["kind"];
  /** How many were read for it. */
  readonly movements: number;
  readonly verdict: "fine" | "undecided" | "different" | "ended";
}

/** Enough to find the others by in the audit trail. */
const mostMovementsInLog = 50;

/** What cannot be read is a difference of its own, and no reason for the walk to stop at it for ever. */
export async function judgeTarget(
  services: JudgingServices,
  target: Target,
  patience: Patience,
): Promise<TargetVerdict> {
  const { kind } = target;
  try {
    return kind === "level"
      ? await verdictOnLevel(services, target.level, patience)
      : await verdictOnReservation(services, target.reservationId, patience);
  } catch (error) {
    if (error instanceof TooLongHistoryError) {
      services.log.warn("too long a history for a run", { ...namesOf(target), failure: errorFields(error) });
      return { kind, movements: 0, verdict: "undecided" };
    }
    if (error instanceof NewerFormError) {
      // After a step back to the version before: it is neither right nor wrong, and the walk goes on behind it.
      services.log.warn("reconcile met a newer form", { ...namesOf(target), failure: errorFields(error) });
      return { kind, movements: 0, verdict: "undecided" };
    }
    if (error instanceof CorruptItemError || error instanceof OutdatedFormError) {
      services.log.error("reconcile met what cannot be read", { ...namesOf(target), failure: errorFields(error) });
      return { kind, movements: 0, verdict: "different" };
    }
    throw error;
  }
}

function namesOf(target: Target) {
  return target.kind === "level"
    ? { sku: target.level.sku, locationId: target.level.locationId }
    : { reservationId: target.reservationId };
}

async function verdictOnLevel(services: JudgingServices, level: LevelKey, patience: Patience): Promise<TargetVerdict> {
  const judged = await judgeLevel(services, { level, reservationIds: new Set() }, patience);
  const { movements } = judged;
  if (judged.kind === "undecided") {
    services.log.info("level without a verdict", { sku: level.sku, locationId: level.locationId });
    return { kind: "level", movements, verdict: "undecided" };
  }
  if (judged.differences.length === 0) {
    return { kind: "level", movements, verdict: "fine" };
  }
  tell(services.log, judged.level, judged.differences, await movementsOfLevel(services, judged.level));
  return { kind: "level", movements, verdict: "different" };
}

type ReservationDifference = ReturnType<typeof differencesOfReservation>[number];

type ReservationVerdict =
  | { readonly kind: "ended" }
  | { readonly kind: "undecided" }
  | {
      readonly kind: "decided";
      readonly differences: readonly ReservationDifference[];
      readonly movements: readonly Movement[];
      /** How many were read, those of levels that were asked included. */
      readonly read: number;
    };

async function verdictOnReservation(
  services: JudgingServices,
  reservationId: string,
  patience: Patience,
): Promise<TargetVerdict> {
  const look = async () => await lookAtReservation(services, reservationId);
  const isFine = (verdict: ReservationVerdict) =>
    verdict.kind === "ended" || (verdict.kind === "decided" && verdict.differences.length === 0);
  // The histories of levels may be long: they are asked at the first sight and at the last, and not in between.
  const first = await borneOut(services, await look(), patience);
  const judged = isFine(first)
    ? first
    : await borneOut(services, await settled(services, patience.settledAtMs, look, isFine), patience);
  switch (judged.kind) {
    case "ended":
      return { kind: "reservation", movements: 0, verdict: "ended" };
    case "undecided":
      services.log.info("reservation without a verdict", { reservationId });
      return { kind: "reservation", movements: 0, verdict: "undecided" };
    case "decided": {
      const { read: movements } = judged;
      for (const difference of judged.differences) {
        tell(services.log, difference, [difference], judged.movements);
      }
      return { kind: "reservation", movements, verdict: judged.differences.length === 0 ? "fine" : "different" };
    }
  }
}

/** There is a verdict when the record is the same after its movements were read. */
async function lookAtReservation(services: JudgingServices, reservationId: string): Promise<ReservationVerdict> {
  const { client, tables } = services;
  const reservation = await readReservation(client, tables.inventory, reservationId);
  if (reservation === null || !isOpen(reservation)) {
    return { kind: "ended" };
  }
  const movements = await movementsOfReservation(services, reservationId);
  const again = await readReservation(client, tables.inventory, reservationId);
  if (again?.uid !== reservation.uid || again.version !== reservation.version) {
    return { kind: "undecided" };
  }
  const differences = differencesOfReservation(reservation, movements);
  return { kind: "decided", differences, movements, read: movements.length };
}

/** The verdict with those differences alone that the levels bear out. */
async function borneOut(
  services: JudgingServices,
  verdict: ReservationVerdict,
  patience: Patience,
): Promise<ReservationVerdict> {
  if (verdict.kind !== "decided") {
    return verdict;
  }
  const differences: ReservationDifference[] = [];
  let { read } = verdict;
  for (const difference of verdict.differences) {
    const level = await levelSays(services, difference, patience);
    if (level.kind === "undecided") {
      return level;
    }
    read += level.movements;
    if (level.isBorneOut) {
      differences.push(difference);
    }
  }
  return { ...verdict, differences, read };
}

/**
 * The movements that name a reservation are not all that counts: those that a restore gave up name it still, and those
 * from before it was put back under its `uid` name the id that it had. The whole history of the level tells what stands.
 */
async function levelSays(
  services: JudgingServices,
  { sku, locationId, reservationId, uid }: ReservationDifference,
  patience: Patience,
): Promise<
  | { readonly kind: "undecided" }
  | { readonly kind: "decided"; readonly isBorneOut: boolean; readonly movements: number }
> {
  const { client, tables } = services;
  if ((await readLevel(client, tables.inventory, { sku, locationId })) === null) {
    return { kind: "decided", isBorneOut: true, movements: 0 };
  }
  const claims = { level: { sku, locationId }, reservationIds: new Set([reservationId]) };
  const judged = await judgeLevel(services, claims, { ...patience, settledAtMs: 0 });
  if (judged.kind === "undecided") {
    return { kind: "undecided" };
  }
  const { differences, movements } = judged;
  const isBorneOut = differences.some((each) => each.kind === "reservation" && each.uid === uid);
  return { kind: "decided", isBorneOut, movements };
}

async function movementsOfReservation(
  { client, tables }: JudgingServices,
  reservationId: string,
): Promise<readonly Movement[]> {
  return await everyItem(
    async (request) =>
      await pageOfReservationMovements(client, tables.movements, {
        reservationId,
        sku: null,
        locationId: null,
        period: { fromMs: null, toMs: null },
        ...request,
      }),
  );
}

/** Each difference with the movements that explain it: those of the reservation concerned, or the latest. */
function tell(
  log: Log,
  { sku, locationId }: LevelKey,
  differences: readonly Difference[],
  movements: readonly Movement[],
): void {
  for (const difference of differences) {
    const reservationId = "reservationId" in difference ? difference.reservationId : undefined;
    const concerned =
      reservationId === undefined
        ? movements
        : movements.filter((movement) => movement.reservationId === reservationId);
    log.error("reconcile difference", {
      sku,
      locationId,
      reservationId,
      difference,
      movementIds: concerned.slice(-mostMovementsInLog).map(movementId),
    });
  }
}

/** As the audit trail is asked: the SKU, the location, the cell if there is one, and the version. */
function movementId({ sku, locationId, cell, version }: Movement): string {
  return [sku, locationId, ...(cell === null ? [] : [cell.generation, cell.index]), version].join("#");
}
