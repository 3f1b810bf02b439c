/** What a grant of the service gives a function, and what it does not. */
import { type App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { describe, expect, it } from "vitest";
import { InventoryService, type InventoryServiceProps } from "../../lib/index.ts";
import { type Resource, templateOf } from "./synthesised.ts";

function caller(stack: Stack, id: string): LambdaFunction {
  return new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("exports.handler = async () => 1"),
  });
}

interface Shop {
  readonly stack: Stack;
  readonly inventory: InventoryService;
}

/** The resources of a stack with the service in it, and with what else is put there. */
function shopWith(put: (shop: Shop) => void, props: InventoryServiceProps = {}): Template {
  return templateOf({}, (app) => {
    const stack = new Stack(app, "Shop");
    put({ stack, inventory: new InventoryService(stack, "Inventory", props) });
    return stack;
  });
}

function found(template: Template, type: string, beginning = ""): [string, Resource][] {
  return (Object.entries(template.findResources(type)) as [string, Resource][]).filter(([id]) =>
    id.startsWith(beginning),
  );
}

/** The pool's clients beside the operator's. */
function clientsIn(template: Template): [string, Resource][] {
  return found(template, "AWS::Cognito::UserPoolClient").filter(
    ([, { Properties }]) => Properties.AllowedOAuthScopes.length < 3,
  );
}

function audienceIn(template: Template): unknown[] {
  const [[, authorizer] = [], ...others] = found(template, "AWS::ApiGatewayV2::Authorizer");
  expect(others).toEqual([]);
  return authorizer?.Properties.JwtConfiguration.Audience;
}

describe("a grant", () => {
  const shop = shopWith(({ stack, inventory }) => {
    const checkout = caller(stack, "Checkout");
    inventory.grantRead(checkout);
    inventory.grantReserve(checkout);
    inventory.grantManage(caller(stack, "Warehouse"));
  });
  const environmentOf = (id: string) =>
    found(shop, "AWS::Lambda::Function", id)[0]?.[1].Properties.Environment.Variables;
  const statementsOf = (id: string) =>
    found(shop, "AWS::IAM::Policy", id).flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);

  it("is a client of the function's own for just these scopes, which gets tokens by its credentials only", () => {
    const clients = clientsIn(shop).map(([, { Properties }]) => Properties);
    expect(clients.map(({ AllowedOAuthScopes }) => AllowedOAuthScopes)).toEqual([
      ["inventory/read", "inventory/reserve"],
      ["inventory/manage"],
    ]);
    for (const client of clients) {
      expect(client).toMatchObject({
        AllowedOAuthFlows: ["client_credentials"],
        GenerateSecret: true,
        AccessTokenValidity: 60,
        TokenValidityUnits: { AccessToken: "minutes" },
      });
    }
  });

  it("makes the gateway take the client's tokens", () => {
    const ids = found(shop, "AWS::Cognito::UserPoolClient").map(([Ref]) => ({ Ref }));
    expect(audienceIn(shop)).toEqual(expect.arrayContaining(ids));
    expect(audienceIn(shop)).toHaveLength(3);
  });

  it("waits until the pool knows the scopes", () => {
    const [[server] = []] = found(shop, "AWS::Cognito::UserPoolResourceServer");
    for (const [, client] of clientsIn(shop)) {
      expect((client as { DependsOn?: unknown }).DependsOn).toContain(server);
    }
  });

  it("tells the function where everything is, and not the secret itself", () => {
    const [[checkout] = []] = clientsIn(shop);
    const variables = environmentOf("Checkout");
    expect(Object.keys(variables)).toEqual([
      "INVENTORY_API_URL",
      "INVENTORY_TOKEN_URL",
      "INVENTORY_CLIENT_ID",
      "INVENTORY_CLIENT_SECRET_ARN",
    ]);
    expect(variables.INVENTORY_CLIENT_ID).toEqual({ Ref: checkout });
    expect(JSON.stringify(variables.INVENTORY_API_URL)).toContain("ApiEndpoint");
    expect(JSON.stringify(variables.INVENTORY_TOKEN_URL)).toMatch(/amazoncognito\.com\/oauth2\/token/);
    expect(JSON.stringify(variables)).not.toContain('ClientSecret"');
    const { Ref } = variables.INVENTORY_CLIENT_SECRET_ARN;
    const secret = Object.fromEntries(found(shop, "AWS::SecretsManager::Secret"))[Ref];
    expect(secret?.Properties.SecretString).toEqual({ "Fn::GetAtt": [checkout, "ClientSecret"] });
  });

  it.each(["Checkout", "Warehouse"])(
    "lets %s read its own client's secret, and do nothing else in the account",
    (id) => {
      expect(statementsOf(id)).toEqual([
        {
          Action: "secretsmanager:GetSecretValue",
          Effect: "Allow",
          Resource: environmentOf(id).INVENTORY_CLIENT_SECRET_ARN,
        },
      ]);
    },
  );

  it("reaches a function of another stack", () => {
    let outside: Template | undefined;
    const shop = shopWith(({ stack, inventory }) => {
      const other = new Stack(stack.node.root as App, "Outside");
      inventory.grantReserve(caller(other, "Checkout"));
      outside = Template.fromStack(other);
    });
    expect(clientsIn(shop)).toHaveLength(1);
    expect(audienceIn(shop)).toHaveLength(2);
    outside?.resourceCountIs("AWS::Cognito::UserPoolClient", 0);
    outside?.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: { Statement: [{ Action: "secretsmanager:GetSecretValue", Effect: "Allow" }] },
    });
  });

  it("cannot be made to a function that has one of another service, and says so", () => {
    shopWith(({ stack, inventory }) => {
      const checkout = caller(stack, "Checkout");
      inventory.grantRead(checkout);
      const other = new InventoryService(stack, "Other");
      expect(() => other.grantReserve(checkout)).toThrow("Shop/Checkout was granted a scope by another service");
    });
    expect.assertions(1);
  });

  it("cannot be made where another issuer gives the tokens, and says so", () => {
    const tokens = { issuer: "https://id.example.com/", audience: "shop" };
    const grants = [
      ({ stack, inventory }: Shop) => inventory.grantRead(caller(stack, "Checkout")),
      ({ stack, inventory }: Shop) => inventory.grantReserve(caller(stack, "Checkout")),
      ({ stack, inventory }: Shop) => inventory.grantManage(caller(stack, "Checkout")),
    ];
    for (const grant of grants) {
      expect(() => shopWith(grant, { tokens })).toThrow("Shop/Checkout cannot be granted a scope here, because tokens");
    }
  });
});

describe("without a grant", () => {
  it("the operator's client is the only one, and its secret is kept nowhere but in Cognito", () => {
    const shop = shopWith(() => undefined);
    const clients = found(shop, "AWS::Cognito::UserPoolClient");
    expect(clients.map(([, { Properties }]) => Properties.AllowedOAuthScopes)).toEqual([
      ["inventory/read", "inventory/reserve", "inventory/manage"],
    ]);
    expect(audienceIn(shop)).toEqual(clients.map(([Ref]) => ({ Ref })));
    shop.resourceCountIs("AWS::SecretsManager::Secret", 0);
    expect(JSON.stringify(shop.toJSON())).not.toContain('"ClientSecret"');
  });
});
