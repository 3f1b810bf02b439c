import { describe, expect, it } from "vitest";
import { environment } from "../../functions/contract/environment.ts";
import { prod, Synthesised } from "./synthesised.ts";

const stream = "arn:aws:dynamodb:eu-central-1:111111111111:table/Inv-restored-1/stream/2027-01-31T02:10:00.000";
const restored = new Synthesised({
  restoredInventory: stream,
  restoredMovements: "Mov-restored-1",
  restoredViews: "Vie-restored-1",
});
const only = new Synthesised({ restoredInventory: stream });
const tablesOf = (stack: Synthesised) => stack.of("AWS::DynamoDB::Table");

/** What the functions are told, the reader of the stream reads, and the policies speak of. */
const usersOf = (stack: Synthesised): string =>
  JSON.stringify(
    ["AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping", "AWS::IAM::Policy", "AWS::IAM::Role"].flatMap((type) =>
      stack.of(type),
    ),
  );

describe("restored tables", () => {
  it("take the place of the stack's own for every function, its permissions and the reader of the stream", () => {
    const uses = usersOf(restored);
    for (const [logicalId] of tablesOf(restored)) {
      expect(usersOf(prod)).toContain(logicalId);
      expect(uses).not.toContain(logicalId);
    }
    const told = restored
      .of("AWS::Lambda::Function")
      .map(([, { Properties }]) => Properties.Environment?.Variables ?? {});
    const namesOf = (variable: string) => new Set(told.flatMap((variables) => variables[variable] ?? []));
    expect(namesOf(environment.inventoryTable)).toEqual(new Set(["Inv-restored-1"]));
    expect(namesOf(environment.movementsTable)).toEqual(new Set(["Mov-restored-1"]));
    expect(namesOf(environment.viewsTable)).toEqual(new Set(["Vie-restored-1"]));
    const [, mapping] = restored.one("AWS::Lambda::EventSourceMapping", "ServiceChanges");
    expect(mapping.Properties).toMatchObject({ EventSourceArn: stream, StartingPosition: "TRIM_HORIZON" });
    expect(uses).toContain("table/Mov-restored-1/index/byReservation");
  });

  it("leave the stack's own as they are", () => {
    expect(tablesOf(restored)).toEqual(tablesOf(prod));
  });

  it("may be one alone", () => {
    const uses = usersOf(only);
    const [[inventoryId = ""] = [], ...others] = tablesOf(only);
    expect(inventoryId).toContain("Inventory");
    expect(uses).not.toContain(inventoryId);
    expect(others.map(([logicalId]) => uses.includes(logicalId))).toEqual([true, true]);
  });
});
