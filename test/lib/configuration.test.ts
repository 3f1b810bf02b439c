import { RootConstruct } from "constructs";
import { describe, expect, it } from "vitest";
import { readConfiguration } from "../../lib/configuration.ts";

function configurationOf(settings: Readonly<Record<string, unknown>>) {
  const { node } = new RootConstruct();
  for (const [name, value] of Object.entries(settings)) {
    node.setContext(`inventory:${name}`, value);
  }
  return readConfiguration(node);
}

describe("the settings", () => {
  it("have defaults that protect the data", () => {
    expect(configurationOf({})).toEqual({
      stackName: "Inventory",
      stage: "prod",
      expiryGraceSeconds: 3_600,
      allocation: "fewest-splits",
      mostOpenHolds: null,
      tokens: null,
      alarmTopicArn: null,
    });
  });

  it("are read from texts, as the command line gives them", () => {
    expect(
      configurationOf({
        stackName: "Shop-Inventory",
        stage: "dev",
        expiryGraceSeconds: "0",
        allocation: "nearest",
        mostOpenHolds: "5",
        tokenIssuer: "https://id.example.com/",
        tokenAudience: "shop",
        alarmTopicArn: "arn:aws:sns:eu-central-1:123456789012:on-call",
      }),
    ).toEqual({
      stackName: "Shop-Inventory",
      stage: "dev",
      expiryGraceSeconds: 0,
      allocation: "nearest",
      mostOpenHolds: 5,
      tokens: { issuer: "https://id.example.com/", audience: "shop" },
      alarmTopicArn: "arn:aws:sns:eu-central-1:123456789012:on-call",
    });
  });

  it.each([
    ["unknown", { retention: "30" }, "inventory:retention is unknown; there are stackName, stage,"],
    ["misspelt", { Stage: "dev" }, "inventory:Stage is unknown"],
    ["no stage", { stage: "staging" }, "inventory:stage must be one of dev, prod"],
    ["no name of a stack", { stackName: "1st stack" }, "inventory:stackName must be a stack name"],
    ["no number", { expiryGraceSeconds: "an hour" }, "inventory:expiryGraceSeconds must be a whole number"],
    ["no strategy", { allocation: "cheapest" }, "inventory:allocation must be one of priority, fewest-splits,"],
    ["no hold at all", { mostOpenHolds: 0 }, "inventory:mostOpenHolds must be a whole number from 1 to 100"],
    ["more holds than are looked at", { mostOpenHolds: 101 }, "inventory:mostOpenHolds must be a whole number"],
    ["negative", { expiryGraceSeconds: -1 }, "inventory:expiryGraceSeconds must be a whole number"],
    ["more than a day", { expiryGraceSeconds: "86401" }, "inventory:expiryGraceSeconds must be a whole number"],
    [
      "an issuer without TLS",
      { tokenIssuer: "http://id.example.com", tokenAudience: "shop" },
      "inventory:tokenIssuer must be an https address",
    ],
    ["an issuer alone", { tokenIssuer: "https://id.example.com" }, "inventory:tokenAudience is needed"],
    ["an audience alone", { tokenAudience: "shop" }, "inventory:tokenIssuer is needed"],
    ["no topic", { alarmTopicArn: "arn:aws:sqs:eu-central-1:1:queue" }, "inventory:alarmTopicArn must be the ARN"],
  ])("that are wrong are named: %s", (_what, settings, message) => {
    expect(() => configurationOf(settings)).toThrow(message);
  });
});
