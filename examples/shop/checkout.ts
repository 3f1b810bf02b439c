/** A function that was granted to reserve: gets a token with its client's secret, keeps it, and reserves a cart. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

export interface Cart {
  readonly cartId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

const {
  INVENTORY_API_URL = "",
  INVENTORY_TOKEN_URL = "",
  INVENTORY_CLIENT_ID = "",
  INVENTORY_CLIENT_SECRET_ARN = "",
} = process.env;

const secrets = new SecretsManagerClient();
let known: { readonly token: string; readonly goodUntilMs: number } | null = null;

async function freshToken(): Promise<{ readonly token: string; readonly goodUntilMs: number }> {
  const { SecretString = "" } = await secrets.send(
    new GetSecretValueCommand({ SecretId: INVENTORY_CLIENT_SECRET_ARN }),
  );
  const credentials = Buffer.from(`${INVENTORY_CLIENT_ID}:${SecretString}`).toString("base64");
  const reply = await fetch(INVENTORY_TOKEN_URL, {
    method: "POST",
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  if (!reply.ok) {
    throw new Error(`The token endpoint answered ${reply.status}.`);
  }
  const { access_token, expires_in } = (await reply.json()) as { access_token: string; expires_in: number };
  // Asked for anew a minute early, so that no request carries one that ends on its way.
  return { token: access_token, goodUntilMs: Date.now() + (expires_in - 60) * 1000 };
}

/** Holds the cart's stock; the answer is that of `POST /v1/reservations`, whatever its status. */
export async function handler({ cartId, lines }: Cart): Promise<{ readonly status: number; readonly body: unknown }> {
  if (known === null || known.goodUntilMs <= Date.now()) {
    known = await freshToken();
  }
  const reply = await fetch(`${INVENTORY_API_URL}/v1/reservations`, {
    method: "POST",
    headers: { authorization: `Bearer ${known.token}`, "content-type": "application/json", "idempotency-key": cartId },
    body: JSON.stringify({ referenceId: cartId, lines }),
  });
  return { status: reply.status, body: await reply.json() };
}
