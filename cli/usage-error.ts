/** The command line was not understood, or what it speaks of is not there. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
