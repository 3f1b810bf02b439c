/** The operator's command line: `npm run inventory -- <command>`. */
import type { Command } from "./command.ts";
import { dlqCommand } from "./dlq/command.ts";
import { failureText } from "./failure-text.ts";
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

Each command tells more with --help. All of them end with 64 when they were not understood, and with 70 when they
failed: for want of a Region, credentials or permissions, because nothing answers, or because the stack is not there.`;

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
  console.error(isUsage ? `${(error as Error).message}\n\n${command?.usage ?? usage}` : failureText(error));
  process.exitCode = isUsage ? 64 : 70;
}

function problemOf(given: string): string {
  return given === "" ? "A command is missing." : `There is no command "${given}".`;
}
