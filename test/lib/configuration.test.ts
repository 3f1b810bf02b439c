import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { RootConstruct } from "constructs";
import { describe, expect, it } from "vitest";
import { configurationSchema, readConfiguration } from "../../lib/configuration.ts";
import { settingsOf } from "../../lib/settings.ts";
import { root } from "./synthesised.ts";

function configurationOf(settings: Readonly<Record<string, unknown>>) {
  const { node } = new RootConstruct();
  for (const [name, value] of Object.entries(settings)) {
    node.setContext(`inventory:${name}`, value);
  }
  const { service, ...others } = readConfiguration(node);
  return { ...others, service: settingsOf(service) };
}

describe("the settings", () => {
  it("have defaults that protect the data, and are those of the construct", () => {
    expect(configurationOf({})).toEqual({
      stackName: "Inventory",
      alarmTopicArn: null,
      alertTopicArn: null,
      service: settingsOf({}),
    });
    expect(settingsOf({})).toMatchObject({ stage: "prod", protect: true, tokens: null, mostOpenHolds: null });
  });

  it("are read from texts, as the command line gives them", () => {
    expect(
      configurationOf({
        stackName: "Shop-Inventory",
        stage: "dev",
        tokenIssuer: "https://id.example.com/",
        tokenAudience: "shop,warehouse",
        usualHoldSeconds: "600",
        longestHoldSeconds: "7200",
        expiryGraceSeconds: "0",
        mostOpenHolds: "5",
        endedRetentionDays: "7",
        fulfilledRetentionDays: "700",
        logRetentionDays: "90",
        allocation: "nearest",
        storefrontRequestsPerSecond: "9000",
        backOfficeRequestsPerSecond: "90",
        documentsRequestsPerSecond: "9",
        warmReservationsPerSecond: "10000",
        provisionedConcurrency: "500",
        corsOrigins: "https://shop.example.com,http://localhost:5173",
        restoredInventory: "arn:aws:dynamodb:eu-central-1:123456789012:table/Stock/stream/2027-01-31T02:10:00.000",
        restoredMovements: "Trail",
        restoredViews: "Views",
        alarmTopicArn: "arn:aws:sns:eu-central-1:123456789012:on-call",
        alertTopicArn: "arn:aws:sns:eu-central-1:123456789012:stock",
      }),
    ).toEqual({
      stackName: "Shop-Inventory",
      alarmTopicArn: "arn:aws:sns:eu-central-1:123456789012:on-call",
      alertTopicArn: "arn:aws:sns:eu-central-1:123456789012:stock",
      service: {
        stage: "dev",
        protect: false,
        tokens: { issuer: "https://id.example.com/", audience: ["shop", "warehouse"] },
        times: {
          usualHoldSeconds: 600,
          longestHoldSeconds: 7_200,
          expiryGraceSeconds: 0,
          endedRetentionSeconds: 7 * 86_400,
          fulfilledRetentionSeconds: 700 * 86_400,
        },
        mostOpenHolds: 5,
        logRetention: RetentionDays.THREE_MONTHS,
        allocation: "nearest",
        requestsPerSecond: { storefront: 9_000, "back-office": 90, documents: 9 },
        warmReservationsPerSecond: 10_000,
        provisionedConcurrency: 500,
        corsOrigins: ["https://shop.example.com", "http://localhost:5173"],
        restored: {
          inventoryStreamArn: "arn:aws:dynamodb:eu-central-1:123456789012:table/Stock/stream/2027-01-31T02:10:00.000",
          movementsTableName: "Trail",
          viewsTableName: "Views",
        },
      },
    });
  });

  it("are read from lists and numbers, as cdk.json has them", () => {
    const lists = { tokenIssuer: "https://id.example.com/", tokenAudience: ["shop", "warehouse"], mostOpenHolds: 5 };
    expect(configurationOf(lists).service).toMatchObject({
      tokens: { audience: ["shop", "warehouse"] },
      mostOpenHolds: 5,
    });
  });

  it("are taken away by an empty text", () => {
    expect(configurationOf({ mostOpenHolds: "", tokenIssuer: "", stage: "" }).service).toEqual(settingsOf({}));
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
    ["more than a day", { longestHoldSeconds: "86401" }, "inventory:longestHoldSeconds must be a whole number"],
    [
      "a usual hold that is too long",
      { usualHoldSeconds: 601, longestHoldSeconds: 600 },
      "inventory:usualHoldSeconds must not be more than longestHoldSeconds",
    ],
    ["half a day", { endedRetentionDays: 0.5 }, "inventory:endedRetentionDays must be a whole number from 1 to 3650"],
    ["a time that logs cannot be kept", { logRetentionDays: "8" }, "inventory:logRetentionDays must be one of 1, 3, 5"],
    ["logs for ever", { logRetentionDays: "9999" }, "inventory:logRetentionDays must be one of 1, 3, 5"],
    ["no request at all", { documentsRequestsPerSecond: 0 }, "inventory:documentsRequestsPerSecond must be a whole"],
    ["less than a table takes cold", { warmReservationsPerSecond: 499 }, "inventory:warmReservationsPerSecond must be"],
    [
      "a page, not an origin",
      { corsOrigins: "https://a.example/shop" },
      "inventory:corsOrigins must be origins such as",
    ],
    ["any origin", { corsOrigins: "*" }, "inventory:corsOrigins must be origins such as"],
    [
      "an issuer without TLS",
      { tokenIssuer: "http://id.example.com", tokenAudience: "shop" },
      "inventory:tokenIssuer must be an https address",
    ],
    ["an issuer alone", { tokenIssuer: "https://id.example.com" }, "inventory:tokenAudience is needed"],
    ["an audience alone", { tokenAudience: "shop" }, "inventory:tokenIssuer is needed"],
    ["a table without a stream", { restoredInventory: "Stock" }, "inventory:restoredInventory must be the ARN of the"],
    ["no topic", { alarmTopicArn: "arn:aws:sqs:eu-central-1:1:queue" }, "inventory:alarmTopicArn must be the ARN"],
  ])("that are wrong are named: %s", (_what, settings, message) => {
    expect(() => configurationOf(settings)).toThrow(message);
  });

  it("that are wrong end the app with a line, and no trace", () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, "bin", "inventory.ts")], {
      encoding: "utf8",
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ "inventory:stage": "production" }) },
    });
    expect([status, stderr]).toEqual([1, "The setting inventory:stage must be one of dev, prod.\n"]);
  });
});

describe("docs/configuration.md", () => {
  interface Described {
    readonly default?: unknown;
    readonly enum?: readonly unknown[];
    readonly minimum?: number;
    readonly maximum?: number;
  }
  const described = configurationSchema().properties as Record<string, Described>;
  const rows = new Map(
    readFileSync(join(root, "docs", "configuration.md"), "utf8")
      .split("\n")
      .flatMap((line) => {
        const [, name, mayBe = "", usual = ""] = /^\| `(\w+)` \| (.*?) \| (.*?) ?\| /.exec(line) ?? [];
        return name === undefined ? [] : [[name, { mayBe, usual: usual.replaceAll("`", "") }] as const];
      }),
  );

  it("lists every setting, and no other", () => {
    expect([...rows.keys()]).toEqual(Object.keys(described));
  });

  it.each(Object.entries(described))("says what %s may be, and its default", (name, setting) => {
    const { mayBe, usual } = rows.get(name) ?? {};
    expect(usual).toBe(String(setting.default ?? ""));
    if (setting.minimum !== undefined) {
      expect(mayBe).toBe(`${setting.minimum} to ${setting.maximum}`);
    } else if (setting.enum !== undefined && name !== "logRetentionDays") {
      expect(mayBe).toBe(setting.enum.map((value) => `\`${value}\``).join(", "));
    }
  });
});
