import { describe, expect, it } from "vitest";
import { alertsRaisedBy, crossingsIn, epochOf, holds } from "../../functions/domain/alert.ts";
import { type Level, plainChange } from "../../functions/domain/level.ts";
import { aLevel, plainSettings } from "./sample.ts";

const watched = { ...plainSettings, lowStockThreshold: 2 };
const level = (sellable: number, version: number) =>
  aLevel({ sellable, available: sellable }, { version, settings: watched });
const raised = (
  ...change: readonly [Parameters<typeof alertsRaisedBy>[0]["before"], Parameters<typeof alertsRaisedBy>[0]["after"]]
) => alertsRaisedBy({ before: change[0], after: change[1] }).map(({ type, alertId }) => [type, alertId]);

describe("an alert", () => {
  it("is raised by the write that crosses a threshold, and by no other", () => {
    expect(raised(level(3, 1), level(2, 2))).toEqual([["low_stock", "low_stock#A#L1#2"]]);
    expect(raised(level(2, 2), level(1, 3))).toEqual([]);
    expect(raised(level(1, 3), level(0, 4))).toEqual([["out_of_stock", "out_of_stock#A#L1#4"]]);
    expect(raised(level(0, 4), level(5, 5))).toEqual([["back_in_stock", "back_in_stock#A#L1#5"]]);
    expect(raised(null, level(0, 1))).toEqual([]);
  });

  it("is raised once for every threshold that one write crosses", () => {
    expect(raised(level(9, 1), level(-1, 2)).map(([type]) => type)).toEqual(["low_stock", "out_of_stock", "oversold"]);
    expect(raised(level(-1, 2), level(9, 3)).map(([type]) => type)).toEqual(["back_in_stock"]);
  });

  it("of an oversold level goes by what is on hand, and not by what the queue is owed", () => {
    const figures = (available: number, backordered: number) =>
      aLevel({ available, backordered, sellable: available - backordered });
    expect(raised(figures(0, 1), figures(0, 9))).toEqual([]);
    const [alert] = alertsRaisedBy({ before: figures(0, 2), after: figures(-3, 2) });
    expect(alert).toMatchObject({ type: "oversold", available: -3, threshold: null });
  });

  it("of a new level is raised by what force has set aside of it, and by nothing else", () => {
    expect(raised(null, level(0, 1))).toEqual([]);
    expect(raised(null, level(-5, 1)).map(([type]) => type)).toEqual(["oversold"]);
  });

  it("of low stock needs a threshold, and may come from a change of the threshold alone", () => {
    const plain = (sellable: number) => aLevel({ sellable, available: sellable });
    expect(raised(plain(9), plain(1))).toEqual([]);
    const [alert] = alertsRaisedBy({ before: plain(2), after: level(2, 5) });
    expect(alert).toMatchObject({ type: "low_stock", threshold: 2, available: 2 });
  });

  it("is open while its condition lasts, and what is only news has its end with it", () => {
    const after = { ...level(0, 3), lastChange: plainChange("allocated", "inventory-service", 5) };
    expect(alertsRaisedBy({ before: level(5, 2), after })).toMatchObject([
      { type: "low_stock", status: "open", raisedAtMs: 5, resolvedAtMs: null },
      { type: "out_of_stock", status: "open", resolvedAtMs: null },
      { type: "backorder_allocated", status: "resolved", raisedAtMs: 5, resolvedAtMs: 5 },
    ]);
  });

  it("ends where its condition does, at the threshold itself not yet", () => {
    const ends = (before: Level, after: Level) =>
      crossingsIn({ before, after })
        .filter(({ begins }) => !begins)
        .map(({ condition }) => condition);
    expect(ends(level(1, 1), level(2, 2))).toEqual([]);
    expect(ends(level(0, 1), level(3, 2))).toEqual(["low_stock", "out_of_stock"]);
    expect(ends(level(-1, 1), level(0, 2))).toEqual(["oversold"]);
    expect(holds("out_of_stock", level(0, 1).figures, null)).toBe(true);
    expect(holds("oversold", level(0, 1).figures, null)).toBe(false);
    expect(holds("low_stock", level(-9, 1).figures, null)).toBe(false);
  });

  it("tells when a backorder is allocated", () => {
    const after = { ...level(0, 3), lastChange: plainChange("allocated", "inventory-service", 5) };
    expect(raised(level(0, 2), after).map(([type]) => type)).toEqual(["backorder_allocated"]);
  });

  it("tells when the date of a promise moves to later, and only then, and only if somebody waits", () => {
    const at = (restockAt: string | null, backordered: number) =>
      aLevel({ backordered, sellable: -backordered }, { settings: { ...plainSettings, restockAt } });
    const [march, april] = ["2027-03-01T00:00:00.000Z", "2027-04-01T00:00:00.000Z"];
    expect(raised(at(march, 2), at(april, 2)).map(([type]) => type)).toEqual(["promise_slipped"]);
    expect(raised(at(april, 2), at(march, 2))).toEqual([]);
    expect(raised(at(march, 0), at(april, 0))).toEqual([]);
    expect(raised(at(march, 2), at(march, 3))).toEqual([]);
    // A date that was never given cannot slip, and one that is taken back is no later date.
    expect(raised(at(null, 2), at(april, 2))).toEqual([]);
    expect(raised(at(march, 2), at(null, 2))).toEqual([]);
    expect(raised(null, at(april, 2))).toEqual([]);
  });

  it("tells also when the day moves from which on a preorder is served", () => {
    const from = (availableFrom: string | null, restockAt: string | null = null) =>
      aLevel({ backordered: 1, sellable: -1 }, { settings: { ...plainSettings, restockAt, availableFrom } });
    const [march, april] = ["2027-03-01T00:00:00.000Z", "2027-04-01T00:00:00.000Z"];
    expect(raised(from(march), from(april)).map(([type]) => type)).toEqual(["promise_slipped"]);
    // Nothing moves as long as the later of the two dates stays.
    expect(raised(from(march, april), from(null, april))).toEqual([]);
  });

  it("is not judged by the image of a split level, which does not have its sum", () => {
    const split = { ...level(0, 3), generation: 1, cells: 8 };
    expect(crossingsIn({ before: level(9, 2), after: split })).toEqual([]);
    expect(crossingsIn({ before: split, after: { ...level(9, 4), generation: 1 } })).toEqual([]);
  });

  it("of a later epoch comes after those of an earlier one, split or merged", () => {
    const epochs = [level(1, 1), { generation: 1, cells: 8 }, { generation: 1, cells: 0 }, { generation: 2, cells: 4 }];
    expect(epochs.map(epochOf)).toEqual([0, 1, 2, 3]);
    expect(raised({ ...level(3, 8), generation: 2 }, { ...level(2, 9), generation: 2 })).toEqual([
      ["low_stock", "low_stock#A#L1#4.9"],
    ]);
  });
});
