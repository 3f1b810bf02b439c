/** `inventory views`: what is derived, made anew. */
import { parseArgs } from "node:util";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { dynamoDbAt } from "../clients.ts";
import type { Command } from "../command.ts";
import { wholeNumberOf } from "../options.ts";
import { stackOf } from "../target.ts";
import { UsageError } from "../usage-error.ts";
import { rebuildViews } from "./rebuild.ts";

const usage = `Usage: npm run inventory -- views rebuild [options]

Makes the views table anew from the inventory table: summaries, lists, and the alerts that are open now. First it takes
away what is not true, then it notes what is missing or older. The service may run meanwhile, and the command may be
broken off and repeated. Nobody is told of an alert. Past alerts cannot be made anew.

  --stack NAME        a stack in an account, with the credentials of the environment; without it the one that
                      \`npm start\` runs on this machine
  --state DIRECTORY   a stack on this machine that was started with --state
  --rate N            items a second (default 100, at most 10000)
  --json              prints the counts as JSON

Exit codes: 0, or 64 wrong usage, 70 it failed.`;

export const viewsCommand: Command = {
  summary: "makes the summaries, lists and open alerts anew from the inventory table",
  usage,
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stack: { type: "string" },
        state: { type: "string" },
        rate: { type: "string", default: "100" },
        json: { type: "boolean", default: false },
      },
    });
    if (positionals.join(" ") !== "rebuild") {
      throw new UsageError("The views can be rebuilt, and nothing else.");
    }
    const rate = wholeNumberOf("--rate", values.rate, 10_000);
    const { endpoints, tables } = await stackOf({ stack: values.stack ?? null, state: values.state ?? null });
    const client = dynamoDbAt(endpoints.dynamoDb);
    try {
      const rebuilt = await rebuildViews({ client, tables, runtime: systemRuntime }, rate);
      const { removed, levels, items, reservations } = rebuilt;
      console.log(
        values.json
          ? JSON.stringify(rebuilt)
          : `${removed} rows taken away; ${levels} levels, ${items} items and ${reservations} reservations noted.`,
      );
      return 0;
    } finally {
      client.destroy();
    }
  },
};
