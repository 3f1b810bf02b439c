/** SQS: messages come late, twice, in any order, and go to the dead letters when nobody is done with them. */
import type { Destination } from "../../../functions/changes/forwards.ts";
import type { Service } from "./process.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

interface Message {
  readonly id: string;
  readonly body: string;
  readonly isPoisoned: boolean;
  received: number;
}

/** Six times the consumers' timeout, as in `lib/work-queue.ts`. */
const visibilityMs = 180_000;
const longestDelaySeconds = 900;
const longestOutageMs = 5_400_000;

/** How often a message is delivered before it is put aside, as in `lib/consumers.ts`. */
const mostReceives: Readonly<Record<Destination, number>> = {
  audit: 10,
  alerts: 5,
  views: 5,
  settings: 10,
  backorders: 10,
  deadlines: 5,
  expired: 10,
};
export const queueNames = Object.keys(mostReceives) as readonly Destination[];

/** A message as its consumer receives it. */
export interface Received {
  readonly messageId: string;
  readonly body: string;
  readonly isPoisoned: boolean;
  /** The message and which of its deliveries this is. */
  readonly name: string;
}

/** Works on one delivery; tells whether the message is done with, unless it crashes. */
export type Consume = (queue: Destination, message: Received, ended: (isDone: boolean) => void) => void;

export class Queues {
  consume: Consume = () => undefined;
  readonly deadLetters: { readonly queue: Destination; readonly body: string; readonly isPoisoned: boolean }[] = [];
  private readonly world: World;
  private readonly waiting = new Map<Destination, Map<string, Message>>(queueNames.map((name) => [name, new Map()]));
  /** For some time nobody receives from a queue. */
  private readonly outages = new Map<Destination, { readonly fromMs: number; readonly toMs: number }>();
  private sent = 0;

  constructor(world: World) {
    this.world = world;
    for (const queue of queueNames) {
      const random = world.random.named(`outage ${queue}`);
      if (world.faults.strikes("queue-outage", random, 5)) {
        const fromMs = world.nowMs + longestOutageMs * random.next() ** 2;
        this.outages.set(queue, { fromMs, toMs: fromMs + longestOutageMs * random.next() });
      }
    }
  }

  /** Messages that are in the queues, under way or being worked on. */
  get size(): number {
    return [...this.waiting.values()].reduce((sum, messages) => sum + messages.size, 0);
  }

  readonly service: Service = (command, input, random, _isSlow, answer) => {
    const queue = String(input["QueueUrl"]) as Destination;
    if (command === "SendMessage") {
      this.send(queue, String(input["MessageBody"]), Number(input["DelaySeconds"] ?? 0), random);
      answer(null, {});
      return;
    }
    const Failed: object[] = [];
    for (const entry of input["Entries"] as { Id: string; MessageBody: string; DelaySeconds?: number }[]) {
      if (this.world.faults.strikes("refused-message", random)) {
        Failed.push({ Id: entry.Id, Code: "ServiceUnavailable", Message: "Try again", SenderFault: false });
      } else {
        this.send(queue, entry.MessageBody, entry.DelaySeconds ?? 0, random);
      }
    }
    answer(null, { Failed });
  };

  send(queue: Destination, body: string, delaySeconds: number, random: Random, isPoisoned = false): void {
    if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > longestDelaySeconds) {
      throw new Error(`A message cannot be delayed by ${delaySeconds} s.`);
    }
    this.sent += 1;
    const message = { id: `${queue}-${this.sent}`, body, isPoisoned, received: 0 };
    this.waiting.get(queue)?.set(message.id, message);
    const isLate = this.world.faults.strikes("late-message", random, 2);
    // A queue keeps no order.
    const wayMs = 5 + 1_000 * random.next() ** 2 + (isLate ? 600_000 * random.next() ** 2 : 0);
    this.world.schedule.after(1000 * delaySeconds + wayMs, () => this.deliver(queue, message, random));
  }

  /** The dead letters go back to their queues, as the runbook says, except for the poisoned ones. */
  redrive(): number {
    const back = this.deadLetters.splice(0);
    for (const letter of back) {
      if (letter.isPoisoned) {
        this.deadLetters.push(letter);
      } else {
        this.send(letter.queue, letter.body, 0, this.world.random.named(`redrive ${this.sent}`));
      }
    }
    return back.length - this.deadLetters.length;
  }

  private deliver(queue: Destination, message: Message, random: Random, isCopy = false): void {
    const messages = this.waiting.get(queue);
    if (!isCopy && messages?.has(message.id) !== true) {
      return;
    }
    const { world } = this;
    const outage = this.outages.get(queue);
    if (outage !== undefined && world.nowMs >= outage.fromMs && world.nowMs < outage.toMs) {
      const laterMs = outage.toMs + 2_000 * random.next();
      world.schedule.at(laterMs, () => this.deliver(queue, message, random, isCopy));
      return;
    }
    message.received += 1;
    if (!isCopy && message.received > mostReceives[queue]) {
      messages?.delete(message.id);
      this.deadLetters.push({ queue, body: message.body, isPoisoned: message.isPoisoned });
      world.note(() => `${message.id} goes to the dead letters`);
      return;
    }
    if (!isCopy) {
      world.schedule.after(visibilityMs, () => this.deliver(queue, message, random));
    }
    if (world.faults.strikes("duplicate-message", random, 3)) {
      const soonOrLateMs = random.chance(0.7) ? 3_000 : 1_500_000;
      world.schedule.after(soonOrLateMs * random.next(), () => this.deliver(queue, message, random, true));
    }
    const name = `${message.id}.${message.received}`;
    this.consume(
      queue,
      { messageId: message.id, body: message.body, isPoisoned: message.isPoisoned, name },
      (isDone) => {
        if (isDone && !world.faults.strikes("lost-acknowledgement", random)) {
          messages?.delete(message.id);
        }
      },
    );
  }
}
