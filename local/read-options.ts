/** A program's options, or one line that says what is wrong with them: a mistake in typing is no failure to be traced. */
export function readOptions<T>(usage: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    console.error(`${(error as Error).message}\n\nUsage: ${usage}`);
    process.exit(64);
  }
}
