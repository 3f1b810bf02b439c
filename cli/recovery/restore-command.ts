/** `inventory restore`: a table as it was, ready to take the place of the one that there is. */
import { parseArgs } from "node:util";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { dynamoDbAt } from "../clients.ts";
import type { Command } from "../command.ts";
import { timeOf } from "../options.ts";
import { stackOf } from "../target.ts";
import { UsageError } from "../usage-error.ts";
import { restore, restoredName, type TableName, undoRestore } from "./restore.ts";

const tableNames: readonly TableName[] = ["inventory", "movements", "views"];

const usage = `Usage: npm run inventory -- restore inventory --stack NAME --at TIME --yes [options]
       npm run inventory -- restore <table> --stack NAME --deleted [options]
       npm run inventory -- restore inventory --stack NAME --undo

Restores the inventory table beside the one that there is, or a table that was deleted, gives it what no restore brings back (time
to live, stream, backups, protection, tags, policy), and says with which setting the stack is to be deployed for it to
take its place. Read docs/recovery.md first: most mishaps are mended without it.

The inventory table goes back in time and the audit trail does not: the levels that are restored go on behind all that
the trail has of them. From the first step on nobody can write the table that is given up: the shop sells nothing until
the stack has been deployed. What was broken off is taken up by the same command again.

  --stack NAME      a stack in an account, with the credentials of the environment
  --at TIME         of the last 35 days, as 2027-01-31T02:10:00Z
  --deleted         the table was deleted: from the backup that DynamoDB kept of it
  --undo            lets the inventory table be written again, as long as the trail has not gone on behind it
  --from TABLE      restores from a table that was given up before, to come back to it
  --given-up FILE   where it is written which reservations, items and locations were made or changed since
  --unprotected     the restored table can be deleted, as those of the stage dev can
  --yes             what happened since is given up

Exit codes: 0, or 64 wrong usage, 70 it failed.`;

export const restoreCommand: Command = {
  summary: "a table as it was at a moment, ready to take the place of the one that there is",
  usage,
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stack: { type: "string" },
        at: { type: "string" },
        deleted: { type: "boolean", default: false },
        undo: { type: "boolean", default: false },
        from: { type: "string" },
        "given-up": { type: "string" },
        unprotected: { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
      },
    });
    const table = tableNames.find((name) => name === positionals[0]);
    const { stack: stackName, at, deleted, undo, yes } = values;
    if (table === undefined || positionals.length > 1) {
      throw new UsageError(`Which table is to be restored: ${tableNames.join(", ")}?`);
    }
    if (stackName === undefined) {
      throw new UsageError("A restore needs a stack in an account: DynamoDB Local has no backups.");
    }
    if ([at !== undefined, deleted, undo].filter(Boolean).length !== 1) {
      throw new UsageError("Say either --at, or --deleted, or --undo.");
    }
    if (undo && table !== "inventory") {
      throw new UsageError("Nothing but the inventory table is kept from being written.");
    }
    const backup =
      at === undefined ? ({ kind: "deleted-table" } as const) : ({ kind: "moment", atMs: timeOf("--at", at) } as const);
    if (backup.kind === "moment" && !yes) {
      throw new UsageError("What happened since is given up. It needs --yes.");
    }
    const stack = await stackOf({ stack: stackName, state: null });
    const client = dynamoDbAt(stack.endpoints.dynamoDb);
    const services = { client, runtime: systemRuntime, say: console.log };
    try {
      if (undo) {
        await undoRestore(stack, services);
        return 0;
      }
      const setting = await restore(stack, services, {
        table,
        backup,
        from: values.from ?? null,
        protect: !values.unprotected,
        givenUpFile: values["given-up"] ?? null,
      });
      console.log(`${restoredName(values.from ?? stack.tables[table], backup)} is ready. Now:

  npx cdk deploy -c inventory:${setting}
  npm run inventory -- resend --stack ${stackName}
  npm run inventory -- views rebuild --stack ${stackName}
  npm run inventory -- reconcile --stack ${stackName}`);
      return 0;
    } finally {
      client.destroy();
    }
  },
};
