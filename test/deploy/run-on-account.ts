/**
 * `npm run test:aws -- --stack NAME`: the storefront's journey on a stack that has been deployed to an AWS account,
 * with the credentials and the Region of the environment. `docs/deploying.md` tells what it needs and what it leaves.
 */
import { parseArgs } from "node:util";
import { realAccount } from "./account.ts";
import { Checks, FailedCheck } from "./checks.ts";
import { DeployedService, type TokenClient } from "./deployed-service.ts";
import { playJourney } from "./journey.ts";
import { callersOf } from "./shop.ts";

const usage = `Usage: npm run test:aws -- --stack NAME [options]

Plays a storefront's journey on a stack of an AWS account: it makes an item and a location with names of their own,
buys, lets a hold expire, and takes both out of use again. AWS_REGION and credentials come from the environment.

  --stack NAME       the stack
  --token-url URL    where tokens are had, for a stack with an issuer of its own; with
  --client-id ID     the client, whose secret is in INVENTORY_CLIENT_SECRET`;

/** Null for the stack's own pool; undefined when the options do not go together. */
function tokenClient(tokenUrl: string | undefined, id: string | undefined): TokenClient | null | undefined {
  if (tokenUrl === undefined && id === undefined) {
    return null;
  }
  const secret = process.env["INVENTORY_CLIENT_SECRET"];
  return tokenUrl === undefined || id === undefined || secret === undefined ? undefined : { tokenUrl, id, secret };
}

const { values } = parseArgs({
  options: {
    stack: { type: "string" },
    "token-url": { type: "string" },
    "client-id": { type: "string" },
  },
});
const client = tokenClient(values["token-url"], values["client-id"]);
if (values.stack === undefined || client === undefined) {
  console.error(usage);
  process.exit(64);
}

const checks = new Checks();
try {
  const service = await DeployedService.find(realAccount, values.stack, client);
  await playJourney(service, await callersOf(service), checks);
} catch (error) {
  if (!(error instanceof FailedCheck)) {
    throw error;
  }
}
console.log(checks.summary);
process.exitCode = checks.hasFailed ? 1 : 0;
