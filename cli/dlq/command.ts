/** `inventory dlq`: what could not be worked on, why, and how it is worked on after all. */
import { parseArgs } from "node:util";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { dynamoDbAt } from "../clients.ts";
import type { Command } from "../command.ts";
import { wholeNumberOf } from "../options.ts";
import { Pace } from "../pace.ts";
import type { Stack } from "../stack.ts";
import { stackOf } from "../target.ts";
import { UsageError } from "../usage-error.ts";
import { meanwhile, type Place, type PlaceName } from "./dead-letter.ts";
import { explain } from "./explain.ts";
import { openPlaces, placeNames } from "./places.ts";
import { countsText, type ExplainedLetter, letterText } from "./report.ts";

const usage = `Usage: npm run inventory -- dlq list [options]
       npm run inventory -- dlq show <place> [options]
       npm run inventory -- dlq redrive <place> [options]
       npm run inventory -- dlq purge <place> --yes [options]

  list       how many dead letters there are, and what is wrong until they have been worked on
  show       what each asks for, what it died of, what the tables say of it now; changes nothing
  redrive    sends them to be worked on again; every consumer takes repeats, so that this may be repeated
  purge      deletes them

Places: ${placeNames.slice(0, -1).join(", ")}: the dead-letter queues of the queues;
stream: the bucket of the records that the stream's reader could not forward.

  --stack NAME        a stack in an account, with the credentials of the environment; without it the one that
                      \`npm start\` runs on this machine
  --state DIRECTORY   a stack on this machine that was started with --state
  --message ID        show, redrive, purge: this letter alone
  --limit N           show: at most so many (default 10)
  --rate N            redrive: letters a second (default 10, at most 100)
  --yes               purge: they are not wanted any more
  --json              list, show: as JSON, with the bodies

Exit codes: 0, or 1 where list finds letters or a named letter is not found; 64 wrong usage, 70 it failed.`;

interface Options {
  readonly message: string | null;
  readonly limit: number;
  readonly rate: number;
  readonly yes: boolean;
  readonly json: boolean;
}

const actions = { list, show, redrive, purge } as const;
type Action = keyof typeof actions;

export const dlqCommand: Command = {
  summary: "dead letters: list and explain them, send them back, delete them",
  usage,
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stack: { type: "string" },
        state: { type: "string" },
        message: { type: "string" },
        limit: { type: "string", default: "10" },
        rate: { type: "string", default: "10" },
        yes: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    });
    const [action = "", ...names] = positionals;
    if (!Object.hasOwn(actions, action)) {
      throw new UsageError(action === "" ? "What is to be done with them?" : `There is no "dlq ${action}".`);
    }
    const places = placesNamed(action as Action, names);
    const options: Options = {
      message: values.message ?? null,
      limit: wholeNumberOf("--limit", values.limit, 1_000),
      rate: wholeNumberOf("--rate", values.rate, 100),
      yes: values.yes,
      json: values.json,
    };
    const stack = await stackOf({ stack: values.stack ?? null, state: values.state ?? null });
    const { all, close } = await openPlaces(stack, places);
    try {
      return await actions[action as Action](all, options, stack);
    } finally {
      close();
    }
  },
};

function placesNamed(action: Action, names: readonly string[]): readonly PlaceName[] {
  if (action === "list" && names.length === 0) {
    return placeNames;
  }
  const [name] = names;
  const place = placeNames.find((each) => each === name);
  if (place === undefined || names.length > 1) {
    throw new UsageError(`dlq ${action} needs one of the places ${placeNames.join(", ")}.`);
  }
  return [place];
}

async function list(places: readonly Place[], { json }: Options): Promise<number> {
  const counts = await Promise.all(places.map(async (place) => ({ place: place.name, letters: await place.count() })));
  console.log(json ? JSON.stringify(counts, null, 2) : countsText(counts));
  return counts.some(({ letters }) => letters > 0) ? 1 : 0;
}

async function show(places: readonly Place[], options: Options, stack: Stack): Promise<number> {
  const { message, limit, json } = options;
  const client = dynamoDbAt(stack.endpoints.dynamoDb);
  const found: ExplainedLetter[] = [];
  try {
    for (const place of places) {
      await place.visit(message === null ? limit : await mostOf(place), async (letter) => {
        if (message === null || letter.id === message) {
          const reading = { client, tables: stack.tables, nowMs: systemRuntime.now() };
          found.push({
            letter,
            explanation: await explain(reading, place.name, letter),
            failure: place.name === "stream" ? null : await stack.failures.failureOf(place.name, letter),
          });
        }
        return false;
      });
    }
  } finally {
    client.destroy();
  }
  if (json) {
    console.log(JSON.stringify(found, null, 2));
  } else {
    const nowMs = systemRuntime.now();
    console.log(found.length === 0 ? nothingFound(message) : found.map((each) => letterText(each, nowMs)).join("\n\n"));
  }
  return found.length === 0 && message !== null ? 1 : 0;
}

async function redrive(places: readonly Place[], { message, rate }: Options): Promise<number> {
  const pace = new Pace(systemRuntime, rate);
  return await take(places, message, "sent back", async (place, letter) => {
    await pace.next();
    await place.sendBack(letter);
  });
}

async function purge(places: readonly Place[], { message, yes }: Options): Promise<number> {
  if (!yes) {
    const lost = places.map(({ name }) => `${name}: ${meanwhile[name]}, and stays so`).join("\n");
    throw new UsageError(`A purge cannot be undone. It needs --yes.\n${lost}.`);
  }
  return await take(places, message, "deleted", async () => undefined);
}

/** Takes the letters that are there now away, each after it was dealt with; what comes while it runs is left. */
async function take(
  places: readonly Place[],
  message: string | null,
  what: string,
  deal: (place: Place, letter: Parameters<Place["sendBack"]>[0]) => Promise<void>,
): Promise<number> {
  let count = 0;
  try {
    for (const place of places) {
      await place.visit(await mostOf(place), async (letter) => {
        if (message !== null && letter.id !== message) {
          return false;
        }
        await deal(place, letter);
        count += 1;
        return true;
      });
    }
  } finally {
    console.log(count === 0 ? nothingFound(message) : `${count} ${what}.`);
  }
  return count === 0 && message !== null ? 1 : 0;
}

/** The count of a queue is an estimate, which may be a little too small. */
async function mostOf(place: Place): Promise<number> {
  return (await place.count()) + 10;
}

function nothingFound(message: string | null): string {
  return message === null ? "There are no dead letters here." : `There is no dead letter ${message} here.`;
}
