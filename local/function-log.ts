/** Where the functions' logs go: JSON lines, each with the function that wrote it. */
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Worker } from "node:worker_threads";

export interface LogEntry {
  /** ISO 8601. */
  readonly time: string;
  readonly function: string;
  readonly stream: "stdout" | "stderr" | "error";
  /** What the function wrote: the parsed JSON where a line is JSON. */
  readonly entry: unknown;
}

export type LogSink = (entry: LogEntry) => void;

/** Appends to a file, which is begun anew. */
export function fileSink(file: string): { readonly sink: LogSink; close(): Promise<void> } {
  mkdirSync(dirname(file), { recursive: true });
  const stream = createWriteStream(file, { flags: "w" });
  return {
    sink: (entry) => {
      stream.write(`${JSON.stringify(entry)}\n`);
    },
    close: async () => await new Promise((resolve) => stream.end(resolve)),
  };
}

export class FunctionLog {
  private readonly sink: LogSink;

  constructor(sink: LogSink) {
    this.sink = sink;
  }

  write(name: string, stream: LogEntry["stream"], text: string): void {
    this.sink({ time: new Date().toISOString(), function: name, stream, entry: parsed(text) });
  }

  /** Takes over what a worker writes. */
  follow(name: string, worker: Worker): void {
    for (const stream of ["stdout", "stderr"] as const) {
      createInterface({ input: worker[stream] }).on("line", (line) => this.write(name, stream, line));
    }
  }
}

function parsed(line: string): unknown {
  if (!line.startsWith("{")) {
    return line;
  }
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
