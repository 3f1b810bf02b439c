import { describe, expect, it } from "vitest";
import { deployed, lossesOf, type Resources, statefulOf } from "./stateful-resources.ts";
import { dev, prod, type Resource, type Synthesised } from "./synthesised.ts";

const stages = { prod, dev };
const resourcesOf = (stage: Synthesised): Resources => Object.fromEntries(stage.all());

describe.each(Object.entries(stages))("an update of a stack of %s", (_name, stage) => {
  it("neither replaces nor deletes what keeps something", () => {
    expect(lossesOf(deployed, resourcesOf(stage))).toEqual([]);
  });

  it("finds everything that keeps something recorded; if not: npx node test/lib/stateful-resources.ts", () => {
    expect(Object.keys(statefulOf(resourcesOf(stage))).sort()).toEqual(Object.keys(deployed).sort());
  });
});

describe("what is kept when a stack of production goes, or would replace it", () => {
  it.each(Object.entries(deployed))("is still kept: %s", (id, { DeletionPolicy, UpdateReplacePolicy }) => {
    expect(resourcesOf(prod)[id]).toMatchObject(
      DeletionPolicy === undefined ? {} : { DeletionPolicy, UpdateReplacePolicy },
    );
  });

  it("are the tables, the pool, what could not be forwarded, and the logs", () => {
    const types = Object.values(deployed).flatMap((each) => (each.DeletionPolicy === "Retain" ? [each.Type] : []));
    expect([...new Set(types)].sort()).toEqual([
      "AWS::Cognito::UserPool",
      "AWS::DynamoDB::Table",
      "AWS::Logs::LogGroup",
      "AWS::S3::Bucket",
    ]);
  });
});

describe("a change that would lose something", () => {
  const [inventory, movements] = ["ServiceStorageInventoryAA8720A5", "ServiceStorageMovements04692BAE"];

  /** The losses when one resource of production is another one. */
  function lossesWith(id: string, change: (resource: Resource) => Resource | undefined): readonly string[] {
    const { [id]: found, ...others } = resourcesOf(prod);
    const changed = found === undefined ? undefined : change(found);
    return lossesOf(deployed, changed === undefined ? others : { ...others, [id]: changed });
  }
  const withProperties = (properties: Record<string, unknown>) => (resource: Resource) => ({
    ...resource,
    Properties: { ...resource.Properties, ...properties },
  });
  const keyOf = (...names: string[]) => names.map((AttributeName) => ({ AttributeName, KeyType: "HASH" }));

  it.each<[string, string, Record<string, unknown>]>([
    ["another key", inventory, { KeySchema: keyOf("id") }],
    ["a key of another type", movements, { AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "N" }] }],
    ["a name", inventory, { TableName: "inventory" }],
    ["a name", "ServiceChangesUndelivered7D4D60F4", { BucketName: "undelivered" }],
    ["a name", "ServiceAlertsTopic6B5532F2", { TopicName: "alerts" }],
    ["a name", "ServiceApiStageAccessLogs6EC9E1AF", { LogGroupName: "/api" }],
    ["an order", "ServiceExpiryDeadlinesQueue465C33F1", { FifoQueue: true }],
    ["other scopes' prefix", "ServiceIdentityPoolScopes1253031C", { Identifier: "stock" }],
    ["another address", "ServiceIdentityPoolDomain1621AA00", { Domain: "stock" }],
    ["no secret", "ServiceIdentityPoolClient3CC65BD1", { GenerateSecret: false }],
    ["another protocol", "ServiceApiHttp7646083B", { ProtocolType: "WEBSOCKET" }],
  ])("is found: %s of %s", (_what, id, properties) => {
    const [property = ""] = Object.keys(properties);
    const [loss = "", ...others] = lossesWith(id, withProperties(properties));
    expect(others).toEqual([]);
    expect(loss).toContain(`${id} (`);
    expect(loss).toContain(`would be replaced by an empty one, and `);
    expect(loss).toMatch(new RegExp(`: ${property}\\.$`));
  });

  it("is found: a resource that has gone, or has another logical id", () => {
    expect(lossesWith(movements, () => undefined)).toEqual([
      `${movements} (AWS::DynamoDB::Table) is not there any more: its items would be deleted with it, or be left where nobody looks.`,
    ]);
  });

  it("is found: a resource of another type", () => {
    expect(lossesWith(movements, (resource) => ({ ...resource, Type: "AWS::DynamoDB::GlobalTable" }))).toEqual([
      expect.stringContaining("and its items lost: Type."),
    ]);
  });

  it("is not found where CloudFormation changes what is there", () => {
    const attribute = { AttributeName: "new", AttributeType: "S" };
    for (const [id, change] of [
      [inventory, withProperties({ DeletionProtectionEnabled: false, BillingMode: "PROVISIONED" })],
      [
        movements,
        (resource: Resource) =>
          withProperties({ AttributeDefinitions: [...resource.Properties.AttributeDefinitions, attribute] })(resource),
      ],
      ["ServiceExpiryDeadlinesQueue465C33F1", withProperties({ VisibilityTimeout: 1, MessageRetentionPeriod: 60 })],
      ["ServiceIdentityPoolClient3CC65BD1", withProperties({ AllowedOAuthScopes: [] })],
    ] as const) {
      expect(lossesWith(id, change)).toEqual([]);
    }
  });
});

describe("the stages", () => {
  it("have the same resources", () => {
    const typesOf = (stage: Synthesised) => stage.all().map(([id, { Type }]) => `${id} ${Type}`);
    expect(typesOf(stages.dev)).toEqual(typesOf(stages.prod));
  });

  it("differ by what is kept and protected, and by nothing else", () => {
    const inProd = resourcesOf(stages.prod);
    const differences: Record<string, Set<string>> = {};
    for (const [id, inDev] of stages.dev.all()) {
      const { Properties: before = {}, ...policies } = inProd[id] ?? ({} as Resource);
      const { Properties: after = {}, ...others } = inDev;
      for (const [one, other] of [
        [policies, others],
        [before, after],
      ] as readonly [Record<string, unknown>, Record<string, unknown>][]) {
        for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
          if (JSON.stringify(one[name]) !== JSON.stringify(other[name])) {
            differences[inDev.Type] = (differences[inDev.Type] ?? new Set()).add(name);
          }
        }
      }
    }
    const removal = ["UpdateReplacePolicy", "DeletionPolicy"];
    expect(differences).toEqual({
      "AWS::DynamoDB::Table": new Set([...removal, "DeletionProtectionEnabled"]),
      "AWS::Cognito::UserPool": new Set([...removal, "DeletionProtection"]),
      "AWS::S3::Bucket": new Set(removal),
      "AWS::Logs::LogGroup": new Set(removal),
    });
  });
});
