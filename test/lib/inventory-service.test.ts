import { Stack } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { InventoryService, type InventoryServiceProps } from "../../lib/inventory-service.ts";
import { prod, templateOf } from "./synthesised.ts";

/** Two services in a stack of somebody else's. */
function shopWithTwoServices(): Template {
  const props: InventoryServiceProps = {
    stage: "prod",
    expiryGraceSeconds: 3_600,
    allocation: "fewest-splits",
    mostOpenHolds: null,
    tokens: null,
    alarmTopicArn: null,
  };
  return templateOf({}, (app) => {
    const stack = new Stack(app, "Shop");
    new InventoryService(stack, "Europe", props);
    new InventoryService(stack, "America", props);
    return stack;
  });
}

describe("the service", () => {
  it("can be put into a stack of one's own, even twice", () => {
    const shop = shopWithTwoServices();
    for (const type of new Set(prod.all().map(([, { Type }]) => Type))) {
      shop.resourceCountIs(type, 2 * prod.of(type).length);
    }
    const domains = Object.values(shop.findResources("AWS::Cognito::UserPoolDomain"));
    expect(new Set(domains.map(({ Properties }) => JSON.stringify(Properties.Domain))).size).toBe(2);
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
});
