/** The operator's command line: `npm run inventory -- <command>`. */
import { parseArgs } from "node:util";
import { reconcileCommand } from "./reconcile.ts";
import { UsageError } from "./usage-error.ts";

const usage = `Usage: npm run inventory -- reconcile [options]

Compares every level with its movements and with the reservations that rest on it, and writes nothing.
Without options it looks at the stack that \`npm start\` runs on this machine.

  --inventory-table NAME   the inventory table of another stack
  --movements-table NAME   its movements table
  --endpoint URL           where its DynamoDB answers; without it AWS, with the credentials of the environment
  --settle-seconds N       how long a difference may last before it counts (default 10)
  --json                   prints the result as JSON

Exit codes: 0 no difference, 1 differences, 2 levels changed too often for a verdict, 64 wrong usage.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "inventory-table": { type: "string" },
      "movements-table": { type: "string" },
      endpoint: { type: "string" },
      "settle-seconds": { type: "string", default: "10" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const [command, ...rest] = positionals;
  if (command !== "reconcile" || rest.length > 0) {
    throw new UsageError(command === undefined ? "A command is missing." : `There is no command "${command}".`);
  }
  return await reconcileCommand({
    inventoryTable: values["inventory-table"] ?? null,
    movementsTable: values["movements-table"] ?? null,
    endpoint: values.endpoint ?? null,
    settleSeconds: values["settle-seconds"],
    json: values.json,
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  if (!isUsage) {
    throw error;
  }
  console.error(`${(error as Error).message}\n\n${usage}`);
  process.exitCode = 64;
}
