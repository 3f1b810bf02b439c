import { describe, expect, it } from "vitest";
import { alertsRaisedBy, crossingsIn, epochOf } from "../../functions/domain/alert.ts";
import { plainChange } from "../../functions/domain/level.ts";
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
  });

  it("is not judged by the image of a split level, which does not have its sum", () => {
    const split = { ...level(0, 3), generation: 1, cells: 8 };
    expect(crossingsIn({ before: level(9, 2), after: split })).toEqual([]);
    expect(crossingsIn({ before: split, after: { ...level(9, 4), generation: 1 } })).toEqual([]);
  });

  it("of a later epoch comes after those of an earlier one, split or merged", () => {
    const epochs = [level(1, 1), { generation: 1, cells: 8 }, { generation: 1, cells: 0 }, { generation: 2, cells: 4 }];
    expect(epochs.map(epochOf)).toEqual([0, 1, 2, 3]);
  });
});
