/** What each step in the life of a reservation has AWS do, by the budgets of calls and units that the tests hold it to. */
import { type Cost, costBudgets, type Operation } from "../cost-budgets.ts";
import { answerBytes, cpuMs, loggedBytes, tracedShare, waitingMs, wholeCoreMb } from "./assumptions.ts";
import { sumOf, times, type Work } from "./work.ts";

/** How many come at once: records of the stream to its reader, and messages of a queue to its consumer. */
export interface Batches {
  readonly records: number;
  readonly messages: number;
}

/** The dearest way: each by itself, as in a quiet shop. */
export const alone: Batches = { records: 1, messages: 1 };
/** The cheapest way: whole batches, as in a rush. */
export const full: Batches = { records: 100, messages: 10 };

/** Memory of the functions in MB, as the template has it. */
export interface Memory {
  readonly storefront: number;
  readonly backOffice: number;
  readonly consumer: number;
}

/** Messages to each queue that a change of the table makes; a test compares them with what the stream's reader sends. */
export const messagesOf = {
  reserve: (lines: number) => ({ audit: lines, views: lines + 1, deadlines: 1 }),
  commit: () => ({ views: 1 }),
  fulfil: (lines: number) => ({ audit: lines, views: lines }),
  expire: (lines: number) => ({ audit: lines, views: lines }),
  release: (lines: number) => ({ audit: lines, views: lines }),
  /** By the table itself, when its record has been kept long enough. */
  delete: () => ({ views: 1 }),
  adjust: (lines: number) => ({ audit: lines, views: lines }),
} as const satisfies Readonly<Record<string, (lines: number) => Readonly<Record<string, number>>>>;

interface Invocation {
  readonly memoryMb: number;
  readonly calls: number;
  /** Spent on other calls than those to DynamoDB. */
  readonly otherWaitingMs?: number;
  /** Worked on side by side. */
  readonly messages?: number;
}

function invocation({ memoryMb, calls, otherWaitingMs = 0, messages = 1 }: Invocation): Work {
  const shareOfCore = Math.min(1, memoryMb / wholeCoreMb);
  const ms = Math.ceil((messages * cpuMs(calls)) / shareOfCore + calls * waitingMs.dynamoDb + otherWaitingMs);
  return {
    invocations: 1,
    gbSeconds: (memoryMb / 1_024) * (ms / 1_000),
    loggedGb: loggedBytes.invocation / 1e9,
    traces: tracedShare,
  };
}

function units({ writeUnits, readUnits }: Cost): Work {
  return { writeUnits, readUnits };
}

/** A request that the gateway and a function answer. */
export function request(memoryMb: number, cost: Cost, bytes: number = answerBytes.reservation): Work {
  return sumOf(
    { requests: 1, egressGb: bytes / 1e9, loggedGb: loggedBytes.request / 1e9 },
    invocation({ memoryMb, calls: cost.calls }),
    units(cost),
  );
}

/** The reader of the stream: so many records, and what it sends because of them. */
export function stream(memory: Memory, records: number, messages: number, batches: Batches): Work {
  const reading = invocation({
    memoryMb: memory.consumer,
    calls: 0,
    otherWaitingMs: waitingMs.queue,
    messages: batches.records,
  });
  return sumOf(times(records / batches.records, reading), { queueRequests: messages / Math.min(10, batches.records) });
}

/** Messages of a queue: received, worked on and deleted. */
export function consumed(
  memory: Memory,
  messages: number,
  operation: Operation,
  lines: number,
  batches: Batches,
  further: Pick<Invocation, "otherWaitingMs"> = {},
): Work {
  const cost = costBudgets[operation].of(lines);
  const working = invocation({ memoryMb: memory.consumer, calls: cost.calls, messages: batches.messages, ...further });
  return sumOf(times(messages / batches.messages, sumOf(working, { queueRequests: 2 })), times(messages, units(cost)));
}

function total(messages: Readonly<Record<string, number>>): number {
  return Object.values(messages).reduce((sum, each) => sum + each, 0);
}

/** With its publication on the topic. */
export function alert(memory: Memory, batches: Batches): Work {
  const sent = { queueRequests: 1 / Math.min(10, batches.records), publishes: 1 };
  return sumOf(sent, consumed(memory, 1, "alert", 1, batches, { otherWaitingMs: waitingMs.topic }));
}

/** A line of metrics, of what changes a reservation. */
const counted: Work = { loggedGb: loggedBytes.metrics / 1e9 };

export interface Step {
  readonly title: string;
  readonly work: Work;
}

export interface Life {
  readonly lines: number;
  readonly locations: "given" | "chosen";
  readonly batches: Batches;
  readonly memory: Memory;
  /** SQS delays for 15 minutes at most: a longer hold is looked at each 15 minutes. */
  readonly holdMinutes: number;
  /** Whether the reservation's request carries an `Idempotency-Key`. */
  readonly hasKey: boolean;
}

/** One change in a hundred raises an alert. */
export const alertsPerReservation = 0.01;

function waits(holdMinutes: number): number {
  return Math.ceil(holdMinutes / 15) - 1;
}

/** Looks at the deadline before it has come; the message is sent again. */
function earlyLooks({ memory, batches, holdMinutes }: Life): Work {
  const looks = waits(holdMinutes);
  return sumOf(
    { queueRequests: looks },
    consumed(memory, looks, "deadlineOnly", 1, batches, { otherWaitingMs: waitingMs.queue }),
  );
}

function reserve({ lines, locations, memory, hasKey }: Life): Step {
  const cost = costBudgets[locations === "given" ? "reserveGiven" : "reserveChosen"].of(lines);
  const kept = costBudgets.idempotencyKey.of(lines);
  const both: Cost = {
    calls: cost.calls + kept.calls,
    writeUnits: cost.writeUnits + kept.writeUnits,
    readUnits: cost.readUnits + kept.readUnits,
  };
  return { title: "reserve", work: sumOf(counted, request(memory.storefront, hasKey ? both : cost)) };
}

function readingStream(
  { memory, batches }: Life,
  records: number,
  messages: readonly Readonly<Record<string, number>>[],
): Step {
  const sent = messages.map(total).reduce((sum, each) => sum + each);
  return { title: "reading the stream", work: stream(memory, records, sent, batches) };
}

/** Held, paid and shipped. */
export function sale(life: Life): readonly Step[] {
  const { lines, memory, batches } = life;
  const messages = [messagesOf.reserve(lines), messagesOf.commit(), messagesOf.fulfil(lines), messagesOf.delete()];
  return [
    reserve(life),
    { title: "commit", work: sumOf(counted, request(memory.storefront, costBudgets.commit.of(lines))) },
    { title: "fulfil", work: sumOf(counted, request(memory.backOffice, costBudgets.fulfil.of(lines))) },
    // The record changes with every step, and goes in the end; the levels change twice.
    readingStream(life, 2 * lines + 4, messages),
    { title: "audit trail", work: consumed(memory, 2 * lines, "movement", 1, batches) },
    { title: "summaries", work: consumed(memory, 2 * lines, "summary", 1, batches) },
    {
      title: "lists of orders",
      work: sumOf(
        ...(["listHold", "listOrder", "unlistOrder"] as const).map((operation) =>
          consumed(memory, 1, operation, 1, batches),
        ),
      ),
    },
    { title: "deadline", work: sumOf(earlyLooks(life), consumed(memory, 1, "deadlineOnly", 1, batches)) },
    { title: "alerts", work: times(alertsPerReservation, alert(memory, batches)) },
  ];
}

/** Held, and never paid. */
export function expiry(life: Life): readonly Step[] {
  const { lines, memory, batches } = life;
  const messages = [messagesOf.reserve(lines), messagesOf.expire(lines), messagesOf.delete()];
  return [
    reserve(life),
    readingStream(life, 2 * lines + 3, messages),
    { title: "audit trail", work: consumed(memory, 2 * lines, "movement", 1, batches) },
    { title: "summaries", work: consumed(memory, 2 * lines, "summary", 1, batches) },
    {
      title: "lists of orders",
      work: sumOf(consumed(memory, 1, "listHold", 1, batches), consumed(memory, 1, "unlistHold", 1, batches)),
    },
    {
      title: "deadline, end of the hold",
      work: sumOf(counted, earlyLooks(life), consumed(memory, 1, "expire", lines, batches)),
    },
    { title: "alerts", work: times(alertsPerReservation, alert(memory, batches)) },
  ];
}

export function wholeOf(steps: readonly Step[]): Work {
  return sumOf(...steps.map(({ work }) => work));
}
