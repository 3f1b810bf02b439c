/**
 * What the audit trail's table refuses even to those whom everything else is allowed to. The emulator knows no actions
 * of PartiQL; that they are refused is seen in the template (`test/lib/permissions.test.ts`).
 */
import { deepEqual, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { Emulator } from "./emulator.ts";

const refused = "AccessDeniedException";
/** Let through, and then its condition does not hold: what is tried changes nothing. */
const tried = "ConditionalCheckFailedException";

export async function findTrailKept({ sdk, environment }: Emulator, python: string, table: string): Promise<void> {
  const dynamoDb = new DynamoDBClient(sdk);
  const { Items: [movement] = [] } = await dynamoDb.send(new ScanCommand({ TableName: table, Limit: 1 }));
  dynamoDb.destroy();
  ok(movement !== undefined, "There is no movement to try it with.");
  const key = JSON.stringify({ pk: movement["pk"], version: movement["version"] });
  const script = join(import.meta.dirname, "administrator.py");
  const { status, stdout, stderr } = spawnSync(python, [script, table, key], { encoding: "utf8", env: environment });
  ok(status === 0, stderr);
  deepEqual(JSON.parse(stdout), {
    update: refused,
    delete: refused,
    "update in a transaction": refused,
    "delete in a batch": refused,
    "put in a batch": refused,
    "put if absent": tried,
    read: null,
    "read all": null,
    "read over plain HTTP": refused,
    "see the policy": null,
    "lift the policy": null,
    "update without the policy": tried,
    "put the policy back": null,
    "update with the policy again": refused,
  });
}
