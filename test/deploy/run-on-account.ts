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

/** Null when the options do not go together. Throws on an unknown one. */
function readOptions(): { readonly stack: string; readonly client: TokenClient | null } | null {
  const { values } = parseArgs({
    options: { stack: { type: "string" }, "token-url": { type: "string" }, "client-id": { type: "string" } },
  });
  const { stack, "token-url": tokenUrl, "client-id": id } = values;
  const secret = process.env["INVENTORY_CLIENT_SECRET"];
  if (stack === undefined || (tokenUrl === undefined) !== (id === undefined)) {
    return null;
  }
  if (tokenUrl === undefined || id === undefined) {
    return { stack, client: null };
  }
  return secret === undefined ? null : { stack, client: { tokenUrl, id, secret } };
}

async function play(stack: string, client: TokenClient | null): Promise<Checks> {
  const checks = new Checks();
  try {
    const { service, callers } = await checks.that("the stack is found, and its client gets tokens", async () => {
      const found = await DeployedService.find(realAccount, stack, client);
      return { service: found, callers: await callersOf(found) };
    });
    await playJourney(service, callers, checks);
  } catch (error) {
    if (!(error instanceof FailedCheck)) {
      throw error;
    }
  }
  return checks;
}

let options: ReturnType<typeof readOptions>;
try {
  options = readOptions();
} catch {
  options = null;
}
if (options === null) {
  console.error(usage);
  process.exitCode = 64;
} else {
  const checks = await play(options.stack, options.client);
  console.log(checks.summary);
  process.exitCode = checks.hasFailed ? 1 : 0;
}
