import { describe, expect, it } from "vitest";
import { dev, prod, type Synthesised } from "./synthesised.ts";

const tables = prod.of("AWS::DynamoDB::Table");
const propertiesOf = (name: string) => prod.one("AWS::DynamoDB::Table", `ServiceStorage${name}`)[1].Properties;

function keyOf(partitionKey: string, sortKey: string) {
  return [
    { AttributeName: partitionKey, KeyType: "HASH" },
    { AttributeName: sortKey, KeyType: "RANGE" },
  ];
}

describe("every table", () => {
  it.each(tables)("%s is paid by request and can be restored to any second of the last 35 days", (_id, table) => {
    expect(table.Properties).toMatchObject({
      BillingMode: "PAY_PER_REQUEST",
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it.each(tables)("%s outlives the stack and cannot be deleted in production", (_id, table) => {
    expect(table).toMatchObject({
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: { DeletionProtectionEnabled: true },
    });
  });

  it.each(dev.of("AWS::DynamoDB::Table"))("%s goes with a stack for development", (_id, table) => {
    expect(table.DeletionPolicy).toBe("Delete");
    expect(table.Properties.DeletionProtectionEnabled).toBe(false);
  });
});

describe("the inventory table", () => {
  it("has the key that its data was written under", () => {
    expect(propertiesOf("Inventory").KeySchema).toEqual(keyOf("pk", "sk"));
  });

  it("deletes what has passed its time, and streams each change with both images", () => {
    expect(propertiesOf("Inventory")).toMatchObject({
      TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
      StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
    });
  });

  it("is the only one with a stream", () => {
    const streamed = tables.filter(([, { Properties }]) => Properties.StreamSpecification !== undefined);
    expect(streamed).toHaveLength(1);
  });
});

describe("the movements table", () => {
  it("is ordered by version, is asked by reservation, and never deletes by itself", () => {
    const { KeySchema, GlobalSecondaryIndexes, TimeToLiveSpecification } = propertiesOf("Movements");
    expect(KeySchema).toEqual(keyOf("pk", "version"));
    expect(GlobalSecondaryIndexes).toEqual([
      {
        IndexName: "byReservation",
        KeySchema: keyOf("reservationId", "at"),
        Projection: { ProjectionType: "ALL" },
      },
    ]);
    expect(TimeToLiveSpecification).toBeUndefined();
  });
});

describe("the views table", () => {
  it("is asked for alerts by their status, and forgets old ones", () => {
    const { KeySchema, GlobalSecondaryIndexes, TimeToLiveSpecification } = propertiesOf("Views");
    expect(KeySchema).toEqual(keyOf("pk", "sk"));
    expect(GlobalSecondaryIndexes).toEqual([
      {
        IndexName: "alertsByStatus",
        KeySchema: keyOf("alertStatus", "raisedAt"),
        Projection: { ProjectionType: "ALL" },
      },
    ]);
    expect(TimeToLiveSpecification).toEqual({ AttributeName: "ttl", Enabled: true });
  });
});

describe("what else keeps something", () => {
  it.each([
    ["AWS::Cognito::UserPool", "Retain", "Delete"],
    ["AWS::S3::Bucket", "Retain", "Delete"],
  ])("%s outlives a stack of production, and goes with one for development", (type, inProd, inDev) => {
    expect(prod.of(type).map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual([inProd]);
    expect(dev.of(type).map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual([inDev]);
  });

  it("a stack for development leaves nothing behind when it is destroyed", () => {
    const kept = dev.all().filter(([, { DeletionPolicy }]) => DeletionPolicy?.startsWith("Retain"));
    expect(kept).toEqual([]);
  });

  it("the pool of a stack of production cannot be deleted", () => {
    const protection = (stack: Synthesised) =>
      stack.one("AWS::Cognito::UserPool", "Service")[1].Properties.DeletionProtection;
    expect([protection(prod), protection(dev)]).toEqual(["ACTIVE", "INACTIVE"]);
  });

  it("the bucket of undelivered records is closed to the public", () => {
    const [, bucket] = prod.one("AWS::S3::Bucket", "ServiceChangesUndelivered");
    expect(bucket.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });
});
