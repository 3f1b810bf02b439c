/** The example's checkout against the running service: with a token of its own client, whose secret is kept for it. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Cart, handler } from "../../examples/shop/checkout.ts";
import { unique } from "../api/client.ts";
import { backOffice } from "../api/session.ts";
import { levelOf, stockedShelf } from "../api/shop.ts";

const secretArn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:checkout";
const secrets = mockClient(SecretsManagerClient);
let checkout: typeof handler;

beforeAll(async () => {
  const url = inject("localStackUrl");
  Object.assign(process.env, {
    INVENTORY_API_URL: url,
    INVENTORY_TOKEN_URL: `${url}/oauth2/token`,
    INVENTORY_CLIENT_ID: "local",
    INVENTORY_CLIENT_SECRET_ARN: secretArn,
  });
  secrets.on(GetSecretValueCommand, { SecretId: secretArn }).resolves({ SecretString: "local" });
  ({ handler: checkout } = await import("../../examples/shop/checkout.ts"));
});

describe("the example's checkout", () => {
  it("reserves carts with one token, and a cart that comes twice once", async () => {
    const office = await backOffice();
    const shelf = await stockedShelf(office, 3);
    const cart = (): Cart => ({ cartId: unique("cart"), lines: [{ sku: shelf.sku, quantity: 1 }] });
    const [first, second] = [cart(), cart()];
    expect(await checkout(first)).toMatchObject({ status: 201, body: { referenceId: first.cartId, status: "held" } });
    expect(await checkout(second)).toMatchObject({ status: 201 });
    const again = await checkout(first);
    expect(again).toMatchObject({ status: 201, body: { referenceId: first.cartId } });
    expect(await levelOf(office, shelf)).toMatchObject({ reserved: 2 });
    expect(secrets.commandCalls(GetSecretValueCommand)).toHaveLength(1);
  });
});
