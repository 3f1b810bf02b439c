import { describe, expect, it } from "vitest";
import { ShopStack } from "../../examples/shop/shop-stack.ts";
import { templateOf } from "../lib/synthesised.ts";

describe("the example of a shop", () => {
  const shop = templateOf({}, (app) => new ShopStack(app, "Shop"));

  it("lets its checkout read and reserve, and tells it where", () => {
    const [checkout] = Object.values(shop.findResources("AWS::Lambda::Function")).filter(
      ({ Properties }) => Properties.Environment?.Variables?.INVENTORY_API_URL !== undefined,
    );
    const { Properties: settings } = checkout ?? { Properties: {} };
    const client = settings.Environment.Variables.INVENTORY_CLIENT_ID.Ref;
    expect(shop.findResources("AWS::Cognito::UserPoolClient")[client]?.["Properties"]).toMatchObject({
      AllowedOAuthScopes: ["inventory/read", "inventory/reserve"],
    });
  });

  it("is told of alerts by a queue of its own, and of alarms by its topic", () => {
    shop.hasResourceProperties("AWS::SNS::Subscription", { Protocol: "sqs" });
    const [onCall] = Object.keys(shop.findResources("AWS::SNS::Topic")).filter((id) => id.startsWith("OnCall"));
    const alarms = Object.entries(shop.findResources("AWS::CloudWatch::Alarm"));
    const ofService = alarms.filter(([id]) => id.startsWith("Inventory"));
    expect(ofService.length).toBeGreaterThan(20);
    for (const [, { Properties }] of ofService) {
      expect(Properties.AlarmActions).toEqual([{ Ref: onCall }]);
    }
  });

  it("reaches what cannot be set by the constructs that the service shows", () => {
    shop.hasResourceProperties("AWS::Lambda::Function", { ReservedConcurrentExecutions: 50 });
    const [backorders] = Object.keys(shop.findResources("AWS::SQS::Queue")).filter((id) =>
      id.startsWith("InventoryBackordersQueue"),
    );
    shop.hasResourceProperties("AWS::CloudWatch::Alarm", {
      Threshold: 1_000,
      Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": [backorders, "QueueName"] } }],
    });
  });
});
