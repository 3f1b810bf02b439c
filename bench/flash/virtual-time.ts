/**
 * Virtual time: it stands still while code runs and jumps to the next event when all code waits. What the code
 * awaits are promises that events resolve, so that real production code runs in it unchanged.
 */
import { EventQueue } from "./event-queue.ts";

/** Any moment will do; a fixed one makes runs repeatable. 2027-01-31T12:00:00Z. */
const beginMs = 1_801_396_800_000;

export class VirtualTime {
  private readonly events = new EventQueue();
  private nowMs = beginMs;
  private pushed = 0;

  /** Milliseconds since the epoch, with fractions. */
  now(): number {
    return this.nowMs;
  }

  /** Has something happen so many milliseconds from now. */
  after(milliseconds: number, happen: () => void): void {
    this.pushed += 1;
    this.events.push({ atMs: this.nowMs + Math.max(0, milliseconds), order: this.pushed, happen });
  }

  async sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => this.after(milliseconds, resolve));
  }

  /** Lets time go on until nothing is left to happen. */
  async run(): Promise<void> {
    await allCodeWaits();
    for (let event = this.events.pop(); event !== undefined; event = this.events.pop()) {
      this.nowMs = event.atMs;
      event.happen();
      await allCodeWaits();
    }
  }
}

/**
 * Node runs a callback of `nextTick` that was asked for in a microtask when no microtask is left: by then every
 * promise that could go on has gone on. It costs a fraction of what a turn of the event loop does.
 */
async function allCodeWaits(): Promise<void> {
  await null;
  await new Promise<void>((resolve) => process.nextTick(resolve));
}
