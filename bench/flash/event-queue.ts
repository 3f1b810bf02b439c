/** Something that happens at a moment of virtual time. */
export interface TimedEvent {
  readonly atMs: number;
  /** Orders events of the same moment: first in, first out. */
  readonly order: number;
  happen(): void;
}

function isBefore(one: TimedEvent, other: TimedEvent): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

/** Events in order of time: a binary heap, since a drop has millions of them. */
export class EventQueue {
  private readonly heap: TimedEvent[] = [];

  push(event: TimedEvent): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as TimedEvent;
      if (!isBefore(event, above)) {
        break;
      }
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  /** Takes the earliest event out; undefined when there is none. */
  pop(): TimedEvent | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) {
      this.sink(last);
    }
    return first;
  }

  private sink(event: TimedEvent): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) {
        break;
      }
      const right = left + 1;
      const child = right < heap.length && isBefore(heap[right] as TimedEvent, heap[left] as TimedEvent) ? right : left;
      const below = heap[child] as TimedEvent;
      if (!isBefore(below, event)) {
        break;
      }
      heap[at] = below;
      at = child;
    }
    heap[at] = event;
  }
}
