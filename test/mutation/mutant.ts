/** A mutant is the service with one of its rules removed or inverted: tests that do not notice it test nothing there. */

export interface Mutant {
  /** Below the repository's root. */
  readonly file: string;
  /** The text of the rule, which stands in the file exactly once. */
  readonly before: string;
  readonly after: string;
  /** What is not promised any more. */
  readonly breaks: string;
  /** Test files that must notice it, where the simulator has no eyes for it; else the simulator must. */
  readonly tests?: readonly string[];
}

/** The file's text with the rule changed. Throws when the text is not there exactly once, so that a list cannot rot. */
export function mutated(source: string, { file, before, after }: Mutant): string {
  const found = source.split(before).length - 1;
  if (found !== 1) {
    throw new Error(`${file} has this text ${found} times, and not once: ${before}`);
  }
  if (before === after) {
    throw new Error(`The mutant of ${file} changes nothing: ${before}`);
  }
  return source.replace(before, () => after);
}

/** By this variable a process is told which mutant it plays, as JSON; without it, it plays the service as it is. */
export const mutantVariable = "MUTANT";

export function mutantOfProcess(): Mutant | null {
  const text = process.env[mutantVariable];
  return text === undefined ? null : (JSON.parse(text) as Mutant);
}
