/** Why a message failed, as its consumer has logged it (`functions/queue-consumer.ts`). */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { QueueName } from "../functions/contract/queues.ts";

export interface Failure {
  /** Of the last time. */
  readonly atMs: number;
  readonly name: string;
  readonly message: string;
  /** How often it is in the log. */
  readonly times: number;
}

export interface FailureLog {
  /** Null when the log has nothing of it: the function was ended before it could say why, or its lines are gone. */
  failureOf(queue: QueueName, message: { readonly id: string; readonly sentAtMs: number }): Promise<Failure | null>;
}

/** The failure that a line speaks of, if it speaks of this message. */
function failureIn(entry: unknown, messageId: string): Pick<Failure, "name" | "message"> | null {
  const { message, messageId: of, failure } = (entry ?? {}) as Record<string, unknown>;
  if (message !== "message failed" || of !== messageId) {
    return null;
  }
  const { name = "Error", message: why = "" } = (failure ?? {}) as { name?: string; message?: string };
  return { name, message: why };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

class Tally {
  private last: Failure | null = null;

  add(atMs: number, found: Pick<Failure, "name" | "message"> | null): void {
    if (found !== null) {
      this.last = { ...found, atMs, times: (this.last?.times ?? 0) + 1 };
    }
  }
  result(): Failure | null {
    return this.last;
  }
}

/** The log file of the functions on this machine. */
export class FileFailureLog implements FailureLog {
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  async failureOf(_queue: QueueName, { id }: { readonly id: string }): Promise<Failure | null> {
    const tally = new Tally();
    for await (const line of createInterface({ input: createReadStream(this.file, "utf8") })) {
      if (line.includes(id)) {
        const { time, entry } = (parsed(line) ?? {}) as { time?: string; entry?: unknown };
        tally.add(Date.parse(time ?? ""), failureIn(entry, id));
      }
    }
    return tally.result();
  }
}

/** A search reads the log bit by bit; past this it is taken to have nothing. */
const mostPages = 50;

/** The consumers' log groups in an account. */
export class CloudWatchFailureLog implements FailureLog {
  private readonly client = new CloudWatchLogsClient({});
  private readonly logGroups: Readonly<Partial<Record<QueueName, string>>>;

  /** By the queue that each consumer works on. */
  constructor(logGroups: Readonly<Partial<Record<QueueName, string>>>) {
    this.logGroups = logGroups;
  }

  async failureOf(
    queue: QueueName,
    { id, sentAtMs }: { readonly id: string; readonly sentAtMs: number },
  ): Promise<Failure | null> {
    const logGroupName = this.logGroups[queue];
    if (logGroupName === undefined) {
      return null;
    }
    const tally = new Tally();
    let nextToken: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const answer = await this.client.send(
        new FilterLogEventsCommand({
          logGroupName,
          startTime: sentAtMs,
          filterPattern: `{ $.messageId = "${id}" }`,
          nextToken,
        }),
      );
      for (const { timestamp = 0, message = "" } of answer.events ?? []) {
        tally.add(timestamp, failureIn(parsed(message), id));
      }
      nextToken = answer.nextToken;
      if (nextToken === undefined) {
        break;
      }
    }
    return tally.result();
  }
}
