import { levelSettingsOf } from "../domain/catalogue.ts";
import { deltasOfReceived, type ReceivedUnits, type ReturnedUnits } from "../domain/fulfilment.ts";
import type { LastChange, LevelKey } from "../domain/level.ts";
import { decideReturn } from "../domain/life-cycle.ts";
import { done, type Outcome, refused } from "../domain/refusal.ts";
import { changeFor, type RememberedChange, type Reservation } from "../domain/reservation.ts";
import { readItem } from "../storage/items.ts";
import { changeOfStock, creationOfLevel, newLevel } from "../storage/level-writes.ts";
import { readLocation } from "../storage/locations.ts";
import type { ChangeLabel } from "../storage/reservation-change.ts";
import { type LabelledPart, mostActions, type TransactionPart } from "../storage/transaction.ts";
import { type ChangeDecision, changeReservation, reservationNotFound } from "./change-reservation.ts";
import type { CommandContext, EndingServices } from "./services.ts";

export interface ReturnCommand extends CommandContext {
  readonly reservationId: string;
  readonly expectedRevision: number | null;
  readonly units: readonly ReturnedUnits[];
  /** The caller's key, so that the same return is not counted twice; null when none was sent. */
  readonly change: RememberedChange | null;
}

/** Goods came back: they are on hand again, to be sold, inspected or written off. */
export async function returnUnits(services: EndingServices, command: ReturnCommand): Promise<Outcome<Reservation>> {
  const nowMs = services.runtime.now();
  /** Levels that a write found missing: goods may come back to where the SKU never was. */
  const missing = new Set<string>();
  const decide = async (reservation: Reservation | null): Promise<ChangeDecision<Reservation>> => {
    if (reservation === null) {
      return { kind: "answer", outcome: reservationNotFound };
    }
    const decision = decideReturn(reservation, command);
    if (decision.kind === "refused") {
      return { kind: "answer", outcome: decision };
    }
    if (decision.kind === "already-returned") {
      return { kind: "answer", outcome: done(decision.reservation) };
    }
    const lastChange = changeFor(reservation, "returned", { actor: command.actor, atMs: nowMs });
    const levels = byLevel(decision.received);
    if (levels.size > mostActions) {
      const refusal = { kind: "reservation-too-large", writes: levels.size, most: mostActions } as const;
      return { kind: "answer", outcome: refused(refusal) };
    }
    const besides: LabelledPart<ChangeLabel>[] = [];
    for (const [name, received] of levels) {
      const receipt = missing.has(name)
        ? await creation(services, received, lastChange)
        : done(receiptOf(services, received, lastChange));
      if (receipt.kind !== "done") {
        return { kind: "answer", outcome: receipt };
      }
      besides.push({ label: { kind: "besides", name }, part: receipt.value });
    }
    return {
      kind: "change",
      change: {
        from: reservation,
        to: decision.next,
        lastChange,
        besides,
        besidesRefused: (refusals) => {
          for (const [name, image] of refusals) {
            // One that is there now was made by somebody else in between.
            if (image === undefined) {
              missing.add(name);
            } else {
              missing.delete(name);
            }
          }
          return null;
        },
      },
    };
  };
  return await changeReservation<Reservation>(services, command, decide, (reservation) => reservation);
}

function byLevel(received: readonly ReceivedUnits[]): ReadonlyMap<string, readonly ReceivedUnits[]> {
  const levels = new Map<string, ReceivedUnits[]>();
  for (const units of received) {
    const name = `${units.sku}#${units.locationId}`;
    levels.set(name, [...(levels.get(name) ?? []), units]);
  }
  return levels;
}

function levelOf([first]: readonly ReceivedUnits[]): LevelKey {
  const { sku, locationId } = first as ReceivedUnits;
  return { sku, locationId };
}

function receiptOf(
  { tables }: EndingServices,
  received: readonly ReceivedUnits[],
  lastChange: LastChange,
): TransactionPart {
  const key = { ...levelOf(received), cell: null };
  return changeOfStock(tables.inventory, key, lastChange, deltasOfReceived(received), []);
}

async function creation(
  { client, tables }: EndingServices,
  received: readonly ReceivedUnits[],
  lastChange: LastChange,
): Promise<Outcome<TransactionPart>> {
  const key = levelOf(received);
  const [item, location] = await Promise.all([
    readItem(client, tables.inventory, key.sku),
    readLocation(client, tables.inventory, key.locationId),
  ]);
  if (item === null) {
    return refused({ kind: "unknown-sku", skus: [key.sku] });
  }
  if (location === null) {
    return refused({ kind: "unknown-location", locationIds: [key.locationId] });
  }
  const settings = levelSettingsOf(item);
  const level = newLevel(key, deltasOfReceived(received), settings, item.settingsRevision, lastChange);
  return done(creationOfLevel(tables.inventory, level));
}
