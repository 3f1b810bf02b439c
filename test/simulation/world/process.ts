/**
 * One environment of a function: its clock, its chance, and its ways to AWS. Every call is sent up to three times, as
 * the SDK does; whatever it waits for may never come, because it has crashed, or come long after.
 */
import type { SNSClient } from "@aws-sdk/client-sns";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Runtime } from "../../../functions/domain/runtime.ts";
import { cancelled, inConflict, type Reason, serverFailed, throttled, timedOut } from "../database/failures.ts";
import type { FaultKind } from "./faults.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** What serves a call at the instant at which it arrives, and answers then or later. */
export type Service = (
  command: string,
  input: Record<string, unknown>,
  random: Random,
  isSlow: boolean,
  answer: (error: Error | null, result: unknown) => void,
) => void;

export interface Services {
  readonly database: Service;
  readonly queues: Service;
  readonly topic: Service;
}

/** `maxAttempts` of the production clients. */
const mostAttempts = 3;
/** `requestTimeout` of the production client. */
const requestTimeoutMs = 3_000;
/** How far a clock may be from the truth. */
export const longestSkewMs = 2_000;

interface Call {
  readonly service: Service;
  readonly command: string;
  readonly input: Record<string, unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  /** What befalls it however often it is sent. */
  always?: "unreachable" | "unheard";
}

const chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

export class Process {
  readonly name: string;
  readonly runtime: Runtime;
  readonly client: DynamoDBDocumentClient;
  readonly queueClient: SQSClient;
  readonly topicClient: SNSClient;
  isAlive = true;
  /** Called once, when it crashes. */
  onCrash: () => void = () => undefined;
  private readonly world: World;
  private readonly random: Random;
  private readonly skewMs: number;
  private stalledUntilMs = 0;
  private calls = 0;

  constructor(world: World, services: Services, name: string) {
    this.world = world;
    this.name = name;
    this.random = world.random.named(`process ${name}`);
    const skew = Math.round((2 * this.random.next() - 1) * longestSkewMs);
    this.skewMs = world.faults.strikes("clock-skew", this.random, 5) ? skew : 0;
    this.runtime = {
      // A clock gives whole milliseconds.
      now: () => Math.floor(world.nowMs) + this.skewMs,
      random: () => this.random.next(),
      sleep: async (milliseconds) =>
        await new Promise((resolve) => {
          if (world.faults.strikes("crash-asleep", this.random)) {
            world.schedule.after(milliseconds, () => this.crash());
          }
          this.goOn(world.nowMs + milliseconds, () => resolve());
        }),
      newId: () => Array.from({ length: 22 }, () => chars[this.random.whole(0, 63)]).join(""),
    };
    this.client = this.clientOf(services.database) as DynamoDBDocumentClient;
    this.queueClient = this.clientOf(services.queues) as SQSClient;
    this.topicClient = this.clientOf(services.topic) as SNSClient;
  }

  /** Runs code in this environment; `ended` is not called when it crashes first. */
  start<T>(work: () => Promise<T>, ended: (error: unknown, value: T | undefined) => void): void {
    this.goOn(this.world.nowMs, () => {
      work().then(
        (value) => ended(null, value),
        (error) => ended(error ?? new Error("Something was thrown that is nothing."), undefined),
      );
    });
  }

  /** How much of its time is left to it, of so much at the most. */
  timeLeftMs(mostMs: number): number {
    return this.world.faults.strikes("little-time", this.random, 4) ? 150 * this.random.next() : mostMs;
  }

  crash(): void {
    if (this.isAlive) {
      this.isAlive = false;
      this.world.note(() => `${this.name} crashes`);
      this.onCrash();
    }
  }

  private clientOf(service: Service): object {
    const send = async (command: object & { readonly input: Record<string, unknown> }): Promise<unknown> =>
      await new Promise((resolve, reject) => {
        const name = command.constructor.name;
        this.attempt({ service, command: name.slice(0, -"Command".length), input: command.input, resolve, reject }, 1);
      });
    return { send };
  }

  /** Lets the code go on at a time, unless it has crashed by then; a stalled environment goes on when it wakes up. */
  private goOn(atMs: number, how: () => void): void {
    this.world.schedule.at(Math.max(atMs, this.stalledUntilMs), () => {
      if (!this.isAlive) {
        return;
      }
      if (this.world.nowMs < this.stalledUntilMs) {
        this.goOn(this.stalledUntilMs, how);
        return;
      }
      this.world.schedule.wake();
      how();
    });
  }

  private attempt(call: Call, attempt: number): void {
    const { world } = this;
    this.calls += 1;
    for (const listener of world.listeners) {
      listener.called(this.name, call.command, call.input);
    }
    const random = this.random.named(`call ${this.calls}`);
    const outMs = 1 + 8 * random.next();
    const backMs = 1 + 8 * random.next();
    const drawn = call.always ?? world.faults.ofCall(random);
    const fault = drawn !== null && canMeet(call.command, drawn) ? drawn : null;
    if (fault !== null && call.always === undefined) {
      world.faults.count(fault);
      world.note(() => `${this.name} ${call.command} ${fault}`);
    }
    const serve = (afterMs: number, answer: (error: Error | null, result: unknown) => void): void => {
      world.schedule.after(afterMs, () => {
        call.service(call.command, call.input, random, fault === "slow-transaction", answer);
      });
    };
    const nobodyHears = (): void => undefined;
    const fails = (afterMs: number, error: Error): void => {
      this.goOn(world.nowMs + afterMs, () => this.failed(call, attempt, error, random));
    };
    const answers = (): void => {
      serve(outMs, (error, result) => {
        this.goOn(world.nowMs + backMs, () => {
          if (error !== null) {
            this.failed(call, attempt, error, random);
            return;
          }
          for (const listener of world.listeners) {
            listener.answered(this.name, call.command, call.input, result);
          }
          call.resolve(result);
        });
      });
    };
    switch (fault) {
      case "throttled":
        fails(outMs + backMs, throttled());
        return;
      case "server-error":
        if (random.chance(0.5)) {
          serve(outMs, nobodyHears);
        }
        fails(outMs + backMs + 20, serverFailed());
        return;
      case "timeout-before":
        fails(requestTimeoutMs, timedOut());
        return;
      case "timeout-after":
        serve(outMs, nobodyHears);
        fails(requestTimeoutMs, timedOut());
        return;
      case "applied-late":
        serve(requestTimeoutMs * (1 + 20 * random.next() ** 3), nobodyHears);
        fails(requestTimeoutMs, timedOut());
        return;
      case "unreachable":
        call.always = fault;
        fails(requestTimeoutMs, timedOut());
        return;
      case "unheard":
        call.always = fault;
        serve(outMs, nobodyHears);
        fails(requestTimeoutMs, timedOut());
        return;
      case "conflict":
        fails(
          outMs + backMs,
          call.command === "TransactWrite" ? cancelledAt(call, "TransactionConflict", random) : inConflict(),
        );
        return;
      case "busy-partition":
        fails(
          outMs + backMs,
          cancelledAt(call, random.pick(["ThrottlingError", "ProvisionedThroughputExceeded"]), random),
        );
        return;
      case "crash-before":
        this.crash();
        return;
      case "crash-after":
        serve(outMs, nobodyHears);
        this.crash();
        return;
      case "stall":
        this.stalledUntilMs = world.nowMs + 5_000 + 1_200_000 * random.next() ** 3;
        if (random.chance(0.5)) {
          serve(outMs, nobodyHears);
          fails(requestTimeoutMs, timedOut());
        } else {
          answers();
        }
        return;
      default:
        answers();
    }
  }

  /** What passes by itself is tried again by the SDK, as long as it has tries left. */
  private failed(call: Call, attempt: number, error: Error, random: Random): void {
    if (attempt >= mostAttempts || !isRetriedBySdk(error)) {
      call.reject(error);
      return;
    }
    this.goOn(this.world.nowMs + 50 * 2 ** attempt * random.next(), () => this.attempt(call, attempt + 1));
  }
}

const retriedBySdk: ReadonlySet<string> = new Set([
  "ProvisionedThroughputExceededException",
  "InternalServerError",
  "TimeoutError",
]);

export function isRetriedBySdk({ name }: Error): boolean {
  return retriedBySdk.has(name);
}

const writes: ReadonlySet<string> = new Set(["TransactWrite", "Put", "Update", "Delete"]);

/** Reads meet no conflicts, and only transactions are told which of their parts was throttled. */
function canMeet(command: string, fault: FaultKind): boolean {
  switch (fault) {
    case "conflict":
      return writes.has(command);
    case "busy-partition":
      return command === "TransactWrite";
    default:
      return true;
  }
}

/** A transaction is cancelled because one of its parts meets another one, or a partition without units. */
function cancelledAt({ input }: Call, code: Reason["code"], random: Random): Error {
  const items = input["TransactItems"] as readonly unknown[];
  const conflicting = random.whole(0, items.length - 1);
  return cancelled(items.map((_, index) => ({ code: index === conflicting ? code : "None" })));
}
