/** The operator's command line: `npm run inventory -- <command>`. */
import type { Command } from "./command.ts";
import { dlqCommand } from "./dlq/command.ts";
import { logLevelCommand } from "./log-level.ts";
import { migrateCommand } from "./migrate.ts";
import { reconcileCommand } from "./reconcile.ts";
import { exportCommand } from "./recovery/export.ts";
import { resendCommand } from "./recovery/resend.ts";
import { restoreCommand } from "./recovery/restore-command.ts";
import { UsageError } from "./usage-error.ts";
import { viewsCommand } from "./views/command.ts";

const commands: Readonly<Record<string, Command>> = {
  reconcile: reconcileCommand,
  dlq: dlqCommand,
  "log-level": logLevelCommand,
  views: viewsCommand,
  migrate: migrateCommand,
  resend: resendCommand,
  restore: restoreCommand,
  export: exportCommand,
};

const usage = `Usage: npm run inventory -- <command> [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(16)} ${summary}`)
  .join("\n")}

Each command tells more with --help.`;

const [name = "", ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;

try {
  if (command === undefined) {
    const isHelp = name === "--help";
    (isHelp ? console.log : console.error)(isHelp ? usage : `${problemOf(name)}\n\n${usage}`);
    process.exitCode = isHelp ? 0 : 64;
  } else if (args.includes("--help")) {
    console.log(command.usage);
  } else {
    process.exitCode = await command.run(args);
  }
} catch (error) {
  const isUsage = error instanceof UsageError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  if (!isUsage) {
    throw error;
  }
  console.error(`${(error as Error).message}\n\n${command?.usage ?? usage}`);
  process.exitCode = 64;
}

function problemOf(given: string): string {
  return given === "" ? "A command is missing." : `There is no command "${given}".`;
}
