import { Stack } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, it } from "vitest";
import { InventoryService, type InventoryServiceProps } from "../../lib/index.ts";
import { contextOfTheApp, prod, type Resource, Synthesised, templateOf } from "./synthesised.ts";

/** Services in a stack of somebody else's. */
function stackWith(services: Readonly<Record<string, InventoryServiceProps>>): Template {
  return templateOf(contextOfTheApp, (app) => {
    const stack = new Stack(app, "Inventory");
    for (const [id, props] of Object.entries(services)) {
      new InventoryService(stack, id, props);
    }
    return stack;
  });
}

describe("the service", () => {
  it("needs nothing to be set, and is then what the app makes of no settings", () => {
    const { Resources: embedded } = stackWith({ Service: {} }).toJSON() as { Resources: Record<string, Resource> };
    expect(Object.keys(embedded)).toEqual(prod.all().map(([id]) => id));
    const plain = new Map(prod.all());
    for (const [id, { Properties }] of Object.entries(embedded)) {
      expect([id, Properties]).toEqual([id, plain.get(id)?.Properties]);
    }
  });

  it("can be put into a stack of one's own, even twice", () => {
    const shop = stackWith({ Europe: {}, America: {} });
    for (const type of new Set(prod.all().map(([, { Type }]) => Type))) {
      shop.resourceCountIs(type, 2 * prod.of(type).length);
    }
    const domains = Object.values(shop.findResources("AWS::Cognito::UserPoolDomain"));
    expect(new Set(domains.map(({ Properties }) => JSON.stringify(Properties.Domain))).size).toBe(2);
  });

  it("can be put into a place whose name has words in it that Cognito takes in no domain", () => {
    const shop = stackWith({ LawsOfAws: {}, AmazonAndCognito: {} });
    const domains = Object.values(shop.findResources("AWS::Cognito::UserPoolDomain"));
    const prefixes = domains.map(({ Properties }) => Properties.Domain["Fn::Join"][1][0] as string);
    expect(prefixes).toHaveLength(2);
    expect(prefixes.filter((prefix) => /aws|amazon|cognito/.test(prefix) || !/^[a-z][a-z0-9-]+$/.test(prefix))).toEqual(
      [],
    );
  });

  it("names nothing that would have to be free in the account, so that a resource can be replaced", () => {
    // CloudFormation demands these two; neither of them is a name of its own in an account.
    const demanded = ["AWS::IAM::Policy", "AWS::ApiGatewayV2::Stage"];
    const names = prod.all().flatMap(([id, { Type, Properties }]) =>
      Object.keys(Properties ?? {})
        .filter((property) => property.endsWith("Name") && Type.endsWith(property.replace(/Name$/, "")))
        .filter((property) => property !== "Name" && !demanded.includes(Type))
        .map((property) => `${id}.${property}`),
    );
    expect(names).toEqual([]);
  });

  it("tells every function that needs them how long reservations are held and kept", () => {
    const times = new Synthesised({
      usualHoldSeconds: 600,
      longestHoldSeconds: 7_200,
      expiryGraceSeconds: 60,
      endedRetentionDays: 7,
      fulfilledRetentionDays: 700,
    })
      .of("AWS::Lambda::Function")
      .flatMap(([, { Properties }]) => {
        const { Variables = {} } = Properties.Environment ?? {};
        return "USUAL_HOLD_SECONDS" in Variables ? [Variables] : [];
      });
    expect(times).toHaveLength(5);
    for (const variables of times) {
      expect(variables).toMatchObject({
        USUAL_HOLD_SECONDS: "600",
        LONGEST_HOLD_SECONDS: "7200",
        EXPIRY_GRACE_SECONDS: "60",
        ENDED_RETENTION_SECONDS: String(7 * 86_400),
        FULFILLED_RETENTION_SECONDS: String(700 * 86_400),
      });
    }
  });

  it("publishes alerts on the topic that it is given, and then makes none", () => {
    const shop = templateOf({}, (app) => {
      const stack = new Stack(app, "Shop");
      const alertTopic = Topic.fromTopicArn(stack, "Stock", "arn:aws:sns:eu-central-1:123456789012:stock");
      expect(new InventoryService(stack, "Inventory", { alertTopic }).alertTopic).toBe(alertTopic);
      return stack;
    });
    shop.resourceCountIs("AWS::SNS::Topic", 0);
    shop.hasResourceProperties("AWS::Lambda::Function", {
      Environment: { Variables: { ALERTS_TOPIC_ARN: "arn:aws:sns:eu-central-1:123456789012:stock" } },
    });
  });

  it("warms its tables up for as many reservations a second as it is told", () => {
    const tables = (stack: Synthesised) =>
      stack.of("AWS::DynamoDB::Table").map(([, { Properties }]) => Properties.WarmThroughput);
    expect(tables(prod)).toEqual([undefined, undefined, undefined]);
    const warm = new Synthesised({ warmReservationsPerSecond: 10_000 });
    expect(tables(warm)).toEqual([
      { WriteUnitsPerSecond: 80_000, ReadUnitsPerSecond: 20_000 },
      { WriteUnitsPerSecond: 20_000, ReadUnitsPerSecond: 20_000 },
      { WriteUnitsPerSecond: 20_000, ReadUnitsPerSecond: 20_000 },
    ]);
    // No table can be asked to be colder than a new one is.
    expect(tables(new Synthesised({ warmReservationsPerSecond: 500 }))[1]).toEqual({
      WriteUnitsPerSecond: 4_000,
      ReadUnitsPerSecond: 12_000,
    });
  });

  it("keeps environments of the storefront started when it is told how many, and has the gateway call those", () => {
    expect(prod.of("AWS::Lambda::Alias")).toEqual([]);
    const kept = new Synthesised({ provisionedConcurrency: 500 });
    const [id, { Properties }] = kept.one("AWS::Lambda::Alias", "ServiceApiStorefront");
    expect(Properties.ProvisionedConcurrencyConfig).toEqual({ ProvisionedConcurrentExecutions: 500 });
    const uris = kept
      .of("AWS::ApiGatewayV2::Integration")
      .map(([, integration]) => integration.Properties.IntegrationUri);
    expect(uris).toContainEqual({ Ref: id });
  });
});
