/** What the commands print. */
import type { Failure } from "../failure-log.ts";
import { type DeadLetter, meanwhile, type PlaceName } from "./dead-letter.ts";
import { type Explanation, timeText } from "./explanation.ts";

export interface Count {
  readonly place: PlaceName;
  readonly letters: number;
}

/** A letter with all that is known of it. */
export interface ExplainedLetter {
  readonly letter: DeadLetter;
  readonly explanation: Explanation;
  /** Null for records of the stream, and for what left no line in the log. */
  readonly failure: Failure | null;
}

export function countsText(counts: readonly Count[]): string {
  const dead = counts.filter(({ letters }) => letters > 0);
  return dead.length === 0
    ? "There are no dead letters."
    : dead
        .map(({ place, letters }) => `${place.padEnd(10)} ${String(letters).padStart(6)}  ${meanwhile[place]}`)
        .join("\n");
}

/** Minutes below two hours, hours below two days, then days. */
export function ageText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 120) {
    return `${minutes} min`;
  }
  return minutes < 2 * 1_440 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} days`;
}

export function letterText({ letter, explanation, failure }: ExplainedLetter, nowMs: number): string {
  const { id, sentAtMs, tries } = letter;
  const { asks, now, sendingBack } = explanation;
  const rows = [
    ["asks to", asks],
    ["died of", failure === null ? "the log has nothing of it" : failureText(failure)],
    ["now", now],
    ["redrive", sendingBack],
  ] as const;
  const head = `${id}\n  sent ${timeText(sentAtMs)}, ${ageText(nowMs - sentAtMs)} ago; tried ${tries} times`;
  return [head, ...rows.map(([name, text]) => `  ${name.padEnd(8)} ${text}`)].join("\n");
}

function failureText({ name, message, times, atMs }: Failure): string {
  return `${name}: ${message} (${times} times in the log, last at ${timeText(atMs)})`;
}
