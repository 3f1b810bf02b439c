/**
 * Virtual time: what is to happen, in order. Code that awaits goes on only when an event lets it, and everything
 * that it does until it awaits again happens at that instant; so one order of events is one run.
 */

interface Event {
  readonly atMs: number;
  /** Tells apart what happens at the same instant: in the order of scheduling. */
  readonly number: number;
  readonly happen: () => void;
}

/** A run that does not come to rest has gone astray. */
const mostEvents = 500_000;

export class Schedule {
  private readonly heap: Event[] = [];
  private scheduled = 0;
  private isSomebodyAwake = false;
  nowMs: number;
  happened = 0;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  at(atMs: number, happen: () => void): void {
    this.scheduled += 1;
    this.push({ atMs: Math.max(atMs, this.nowMs), number: this.scheduled, happen });
  }

  after(delayMs: number, happen: () => void): void {
    this.at(this.nowMs + delayMs, happen);
  }

  /** Code that was waiting has been let go on: nothing else happens before it waits again. */
  wake(): void {
    this.isSomebodyAwake = true;
  }

  /** Lets everything happen that is scheduled, and what it leads to; `isOver` ends it early. */
  async run(isOver: () => boolean): Promise<void> {
    for (let event = this.pop(); event !== undefined; event = this.pop()) {
      this.nowMs = event.atMs;
      this.happened += 1;
      if (this.happened > mostEvents) {
        throw new Error(`It does not come to rest in ${mostEvents} events.`);
      }
      event.happen();
      if (this.isSomebodyAwake) {
        this.isSomebodyAwake = false;
        // Node empties the queue of microtasks before the next tick: all promises that are settled by now have run
        // their course. A turn of the whole event loop would say the same, and cost more than the code that runs.
        await new Promise<void>((resolve) => process.nextTick(resolve));
      }
      if (isOver()) {
        return;
      }
    }
  }

  private isBefore(one: Event, other: Event): boolean {
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.number < other.number);
  }

  private push(event: Event): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Event;
      if (!this.isBefore(event, above)) {
        break;
      }
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  private pop(): Event | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) {
      return first;
    }
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) {
        break;
      }
      if (child + 1 < heap.length && this.isBefore(heap[child + 1] as Event, heap[child] as Event)) {
        child += 1;
      }
      if (!this.isBefore(heap[child] as Event, last)) {
        break;
      }
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}
