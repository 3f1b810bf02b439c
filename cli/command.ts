/** One command of the operator's command line. */
export interface Command {
  /** Half a line for the list of all commands. */
  readonly summary: string;
  /** All that one can say to it. */
  readonly usage: string;
  /** Gives the exit code; throws a `UsageError` when it was not understood. */
  run(args: readonly string[]): Promise<number>;
}
