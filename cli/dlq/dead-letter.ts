/** What was put aside because it could not be worked on, and the places where it is kept. */
import type { QueueName } from "../../functions/contract/queues.ts";

/** A dead-letter queue goes by the name of its queue; the stream's reader has a bucket. */
export type PlaceName = QueueName | "stream";

export interface DeadLetter {
  readonly id: string;
  readonly sentAtMs: number;
  /** How often it was tried. */
  readonly tries: number;
  readonly body: string;
}

export interface Place {
  readonly name: PlaceName;
  /** About how many are here; none is shown that someone else is just looking at. */
  count(): Promise<number>;
  /**
   * Shows each letter once, at most so many. One for which the visitor gives true is removed; all others stay,
   * also when he throws.
   */
  visit(most: number, visitor: (letter: DeadLetter) => Promise<boolean>): Promise<void>;
  /** Gives it to be worked on once more; it stays here until it is removed. Throws when nobody takes it. */
  sendBack(letter: DeadLetter): Promise<void>;
}

/** What is wrong until the letters of a place have been worked on. */
export const meanwhile: Readonly<Record<PlaceName, string>> = {
  audit: "movements are missing: the trail of a level has a gap",
  alerts: "subscribers were not told",
  deadlines: "a hold ends by the table's time to live, hours to days late",
  expired: "units of a deleted hold stay reserved",
  backorders: "stock that came in waits, unsold, for those whom it is owed to",
  settings: "levels check older settings than their item has",
  views: "summaries and lists are old; reservations are not affected",
  stream: "all of the above, for the changes in these records",
};
