/**
 * Compares a level with its movements and with the reservations that rest on it: invariants 1, 2 and 5 of the
 * stock model. Pure: the caller has read everything for one and the same version of the level and of its cells.
 */
import type { QueueEntry } from "./backorder.ts";
import { brokenFigures, type Cell, type Level, type LevelKey, type StockRecord, sumOfFigures } from "./level.ts";
import { type Leg, legsOf } from "./line.ts";
import { type Movement, Replay, type ReplayFault } from "./movement.ts";
import { isOpen, type OpenReservation, type Reservation } from "./reservation.ts";

/** Units promised: from stock, and beyond it. */
export interface Promised {
  readonly reserved: number;
  readonly backordered: number;
}

export type Difference =
  /** Invariant 1: figures that do not add up, or are below 0. `cell` is 0 for the level itself. */
  | { readonly kind: "figures"; readonly cell: number; readonly figures: readonly string[] }
  /** Invariant 5: replaying the movements does not give the level, or the cell. */
  | { readonly kind: "replay"; readonly cell: number; readonly fault: ReplayFault }
  /** Invariant 2: what the level says it has promised is not the sum of the open legs. */
  | { readonly kind: "promised"; readonly level: Promised; readonly openLegs: Promised }
  /** Invariant 2, for one reservation: what the movements promised to it is not what it rests on. */
  | {
      readonly kind: "reservation";
      readonly reservationId: string;
      readonly uid: string;
      readonly status: Reservation["status"] | "missing";
      readonly byMovements: Promised;
      readonly byReservation: Promised;
    }
  /** The queue does not hold the places that a reservation was promised; units by promise. */
  | {
      readonly kind: "queue";
      readonly reservationId: string;
      readonly promisedAtMs: number;
      readonly inQueue: number;
      readonly byReservation: number;
    };

/** A level, or one of its cells, and all that was ever done to it. */
export interface RecordedStock {
  readonly record: StockRecord;
  readonly history: History;
}

/** What the movements promised to one incarnation of a reservation and have not given back. */
export interface PromisedTo extends Promised {
  readonly reservationId: string;
  readonly uid: string;
}

const nothing: Promised = { reserved: 0, backordered: 0 };

function sumOf(one: Promised, other: Promised): Promised {
  return { reserved: one.reserved + other.reserved, backordered: one.backordered + other.backordered };
}

function isSame(one: Promised, other: Promised): boolean {
  return one.reserved === other.reserved && one.backordered === other.backordered;
}

/** Adds to what is promised to an incarnation; what comes to nothing is left out. */
function addPromise(net: Map<string, PromisedTo>, { reservationId, uid, ...change }: PromisedTo): void {
  const sum = sumOf(net.get(uid) ?? nothing, change);
  if (isSame(sum, nothing)) {
    net.delete(uid);
  } else {
    net.set(uid, { reservationId, uid, ...sum });
  }
}

/** What the movements of a level or a cell tell, read one after the other; it grows with the open reservations alone. */
export class History {
  private readonly replay = new Replay();
  private readonly net = new Map<string, PromisedTo>();
  /** How many movements it has. */
  movements = 0;
  last: Movement | null = null;

  add(movement: Movement): void {
    this.replay.add(movement);
    const { reservationId, reservationUid: uid, changes } = movement;
    if (reservationId !== null && uid !== null) {
      const { reserved = 0, backordered = 0 } = changes;
      addPromise(this.net, { reservationId, uid, reserved, backordered });
    }
    this.movements += 1;
    this.last = movement;
  }

  /** A level was brought back to an earlier version: what was promised then stands again, and nothing that came since. */
  standAs(then: History): void {
    this.net.clear();
    for (const promised of then.promised) {
      this.net.set(promised.uid, promised);
    }
  }

  /** Net units per reservation; those that come to nothing are left out. */
  get promised(): readonly PromisedTo[] {
    return [...this.net.values()];
  }

  faultAgainst(record: StockRecord): ReplayFault | null {
    return this.replay.faultAgainst(record);
  }
}

/** Of movements that are all at hand. */
export function historyOf(movements: readonly Movement[]): History {
  const history = new History();
  for (const movement of movements) {
    history.add(movement);
    const { restores } = movement;
    if (restores !== undefined) {
      history.standAs(historyOf(movements.filter(({ version }) => version <= restores)));
    }
  }
  return history;
}

function legsAt({ sku, locationId }: Level, reservation: Reservation): readonly Leg[] {
  return isOpen(reservation)
    ? legsOf(reservation).filter((leg) => leg.sku === sku && leg.locationId === locationId)
    : [];
}

function restsOn(legs: readonly Leg[]): Promised {
  return legs.reduce((sum, { allocated, backordered }) => sumOf(sum, { reserved: allocated, backordered }), nothing);
}

export interface Evidence {
  readonly level: Level;
  readonly history: History;
  /** The cells of all splits that there still is a record of. */
  readonly cells: readonly (RecordedStock & { readonly record: Cell })[];
  /** Those that the movements promise something to and those that claim to rest on the level, by id. */
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly queue: readonly QueueEntry[];
}

/** Every difference of one level. */
export function differencesOf({ level, history, cells, reservations, queue }: Evidence): readonly Difference[] {
  const records = [{ record: level, history }, ...cells];
  const { reserved, backordered } = sumOfFigures(records.map(({ record }) => record.figures));
  const open = [...reservations.values()].map((reservation) => ({ reservation, legs: legsAt(level, reservation) }));
  const openLegs = restsOn(open.flatMap(({ legs }) => legs));
  return [
    ...records.flatMap(differencesOfRecord),
    ...(isSame({ reserved, backordered }, openLegs)
      ? []
      : [{ kind: "promised", level: { reserved, backordered }, openLegs } as const]),
    ...differencesOfReservations(
      open,
      records.map((each) => each.history),
    ),
    ...differencesOfQueue(open, queue),
  ];
}

function differencesOfRecord({ record, history }: RecordedStock): readonly Difference[] {
  const cell = record.cell?.index ?? 0;
  const figures = brokenFigures(record.figures);
  const fault = history.faultAgainst(record);
  return [
    ...(figures.length > 0 ? [{ kind: "figures", cell, figures } as const] : []),
    ...(fault === null ? [] : [{ kind: "replay", cell, fault } as const]),
  ];
}

interface Open {
  readonly reservation: Reservation;
  readonly legs: readonly Leg[];
}

/** Movements of a merge move units of many reservations, and name none: so a level and its cells count together. */
function differencesOfReservations(open: readonly Open[], histories: readonly History[]): readonly Difference[] {
  const promised = new Map<string, PromisedTo>();
  for (const each of histories.flatMap((history) => history.promised)) {
    addPromise(promised, each);
  }
  const differences: Difference[] = [];
  for (const { reservation, legs } of open) {
    const { reservationId, uid, status } = reservation;
    const { reserved, backordered } = promised.get(uid) ?? nothing;
    promised.delete(uid);
    const byMovements = { reserved, backordered };
    const byReservation = restsOn(legs);
    if (!isSame(byMovements, byReservation)) {
      differences.push({ kind: "reservation", reservationId, uid, status, byMovements, byReservation });
    }
  }
  for (const { reservationId, uid, reserved, backordered } of promised.values()) {
    const byMovements = { reserved, backordered };
    const missing = { status: "missing", byMovements, byReservation: nothing } as const;
    differences.push({ kind: "reservation", reservationId, uid, ...missing });
  }
  return differences;
}

function differencesOfQueue(open: readonly Open[], queue: readonly QueueEntry[]): readonly Difference[] {
  const places = new Map<
    string,
    { reservationId: string; promisedAtMs: number; inQueue: number; byReservation: number }
  >();
  const at = (reservationId: string, promisedAtMs: number) => {
    const name = `${reservationId}#${promisedAtMs}`;
    const place = places.get(name) ?? { reservationId, promisedAtMs, inQueue: 0, byReservation: 0 };
    places.set(name, place);
    return place;
  };
  for (const { reservationId, promisedAtMs, quantity } of queue) {
    at(reservationId, promisedAtMs).inQueue += quantity;
  }
  for (const { reservation, legs } of open) {
    for (const { promisedAtMs, quantity } of legs.flatMap((leg) => leg.places)) {
      at(reservation.reservationId, promisedAtMs).byReservation += quantity;
    }
  }
  return [...places.values()]
    .filter(({ inQueue, byReservation }) => inQueue !== byReservation)
    .map((place) => ({ kind: "queue", ...place }));
}

/**
 * Invariant 2, for one open reservation alone: what its movements promised to it is what it rests on, level by level
 * (a level and its cells count together). `movements`: all that name the reservation.
 */
export function differencesOfReservation(
  reservation: OpenReservation,
  movements: Iterable<Movement>,
): readonly (LevelKey & Extract<Difference, { kind: "reservation" }>)[] {
  const { reservationId, uid, status } = reservation;
  const levels = new Map<string, LevelKey & { byMovements: Promised; byReservation: Promised }>();
  const at = ({ sku, locationId }: LevelKey) => {
    const name = `${sku}#${locationId}`;
    const level = levels.get(name) ?? { sku, locationId, byMovements: nothing, byReservation: nothing };
    levels.set(name, level);
    return level;
  };
  for (const movement of movements) {
    if (movement.reservationUid === uid) {
      const { reserved = 0, backordered = 0 } = movement.changes;
      const level = at(movement);
      level.byMovements = sumOf(level.byMovements, { reserved, backordered });
    }
  }
  for (const leg of legsOf(reservation)) {
    const level = at(leg);
    level.byReservation = sumOf(level.byReservation, restsOn([leg]));
  }
  return [...levels.values()]
    .filter(({ byMovements, byReservation }) => !isSame(byMovements, byReservation))
    .map((level) => ({ kind: "reservation", reservationId, uid, status, ...level }));
}
