import { levelSettingsOf } from "../domain/catalogue.ts";
import type { StockEffect } from "../domain/effects.ts";
import { isPreorder, type LastChange, type Level } from "../domain/level.ts";
import type { ReservationLine } from "../domain/line.ts";
import type { Condition } from "../storage/condition.ts";
import {
  headroomIsThere,
  isNoKit,
  isNotSplit,
  isNotYetOnSale,
  isOnSale,
  limitIs,
  stockIsFree,
  stockIsShort,
  takesReservations,
} from "../storage/level-conditions.ts";
import { newLevel } from "../storage/level-writes.ts";
import type { StockPicture } from "./stock-picture.ts";

/**
 * What must hold where units are taken. What is not known of a level is taken to be plain, and the condition says
 * so: no limit, no cells, no kit, no preorder.
 */
export function conditionsOfTaking(
  picture: StockPicture,
  { key, allocated, backordered }: StockEffect,
  lines: readonly ReservationLine[],
  nowMs: number,
): readonly Condition[] {
  if (key.cell !== null) {
    return [stockIsFree(allocated)];
  }
  const settings = picture.settingsOf(key);
  const isAhead = settings !== null && isPreorder(settings, nowMs);
  const isOrdered = lines.some(({ sku, components }) => sku === key.sku && components === null);
  return [
    takesReservations,
    ...(picture.isSplit(key) ? [] : [isNoKit, isNotSplit]),
    ...(isOrdered ? [limitIs(picture.knownLimits().get(key.sku) ?? null)] : []),
    isAhead ? isNotYetOnSale(nowMs) : isOnSale(nowMs),
    ...(allocated > 0 ? [stockIsFree(allocated)] : []),
    ...(backordered > 0 ? [headroomIsThere(backordered)] : []),
    ...(backordered > 0 && !isAhead ? [stockIsShort(Math.max(0, allocated) + backordered)] : []),
  ];
}

/** The level that a promise beyond the stock makes where there is none; null where there is one. */
export function levelMadeBy(
  picture: StockPicture,
  effect: StockEffect,
  lastChange: (effect: StockEffect) => LastChange,
): Level | null {
  const { key, backordered } = effect;
  const item = key.cell === null && backordered > 0 ? picture.itemForNewLevel(key) : null;
  return item === null
    ? null
    : newLevel(key, { backordered }, levelSettingsOf(item), item.settingsRevision, lastChange(effect));
}
