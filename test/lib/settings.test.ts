import { App, Duration, Stack } from "aws-cdk-lib";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, it } from "vitest";
import { InventoryService, type InventoryServiceProps } from "../../lib/inventory-service.ts";
import { settingsOf } from "../../lib/settings.ts";

const issuer = "https://id.example.com/";

describe("a property that cannot be", () => {
  it.each<[string, InventoryServiceProps]>([
    ["stage must be one of dev, prod", { stage: "test" as "dev" }],
    ["allocation must be one of priority,", { allocation: "cheapest" as "nearest" }],
    ["usualHold must be from 1 second to 1 day", { usualHold: Duration.days(2) }],
    ["usualHold must not be longer than longestHold", { longestHold: Duration.minutes(10) }],
    ["longestHold must be from 1 minute to 1 day", { longestHold: Duration.seconds(59) }],
    ["expiryGrace must be from 0 seconds to 1 day", { expiryGrace: Duration.hours(25) }],
    ["endedRetention must be from 1 day to", { endedRetention: Duration.hours(1) }],
    ["fulfilledRetention must be from 1 day to", { fulfilledRetention: Duration.days(3_651) }],
    ["mostOpenHolds must be a whole number from 1 to 100", { mostOpenHolds: 1.5 }],
    ["requestsPerSecond.backOffice must be a whole number", { requestsPerSecond: { backOffice: 0 } }],
    ["warmReservationsPerSecond must be a whole number from 500", { warmReservationsPerSecond: 1 }],
    ["corsOrigins must be origins", { corsOrigins: ["https://shop.example.com/"] }],
    ["restored.movementsTableName must be the name of a table", { restored: { movementsTableName: "a table" } }],
    ["tokens.issuer must be an https address", { tokens: { issuer: "id.example.com", audience: "shop" } }],
    ["tokens.audience must name at least one audience", { tokens: { issuer, audience: [] } }],
  ])("is named: %s", (message, props) => {
    expect(() => settingsOf(props)).toThrow(`InventoryService: ${message}`);
  });

  it("is also a topic in an order that alerts do not have", () => {
    const stack = new Stack(new App({ context: { "aws:cdk:bundling-stacks": [] } }), "Shop");
    const alertTopic = new Topic(stack, "Ordered", { fifo: true });
    expect(() => new InventoryService(stack, "Inventory", { alertTopic })).toThrow("alertTopic must not be a FIFO");
  });
});
