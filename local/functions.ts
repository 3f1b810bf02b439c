/** The Lambda functions of a template: their built bundles, in workers of their own. */
import { devNull } from "node:os";
import { Worker } from "node:worker_threads";
import type { FunctionLog } from "./function-log.ts";
import type { Invocation, WorkerMessage, WorkerSettings } from "./function-worker.ts";

/** A function that threw, died or took too long. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  readonly reason: "threw" | "died" | "timed-out";

  constructor(reason: "threw" | "died" | "timed-out", message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface FunctionSettings extends WorkerSettings {
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** As many events at a time as a function takes here; more wait their turn. */
const mostWorkers = 8;
/**
 * A bundle loads in a fraction of a second, and one that never does must be told. Lambda gives it 10 s, which a
 * busy machine may need for one that is all right.
 */
const loadWithinMs = 60_000;

interface Waiting {
  readonly event: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** One function: up to 8 workers, started when they are needed and kept, each with one event at a time. */
export class LocalFunction {
  readonly name: string;
  private readonly settings: FunctionSettings;
  private readonly log: FunctionLog;
  private readonly workers = new Set<Worker>();
  private readonly idle: Worker[] = [];
  private readonly waiting: Waiting[] = [];
  private starting = 0;
  private stopped = false;

  constructor(settings: FunctionSettings, log: FunctionLog) {
    this.name = settings.functionName;
    this.settings = settings;
    this.log = log;
  }

  /** The answer to an event, both as JSON would carry them. Rejects with `FunctionError`. */
  async invoke(event: unknown): Promise<unknown> {
    if (this.stopped) {
      throw new FunctionError("died", `${this.name} is stopped.`);
    }
    return await new Promise((resolve, reject) => {
      this.waiting.push({ event: JSON.stringify(event), resolve, reject });
      this.assign();
    });
  }

  /**
   * Ends all workers at once, those at work too, as a crash of their machines does; new events start new ones.
   * Gives how many there were.
   */
  async crash(): Promise<number> {
    const workers = [...this.workers];
    await Promise.all(workers.map(async (worker) => await worker.terminate()));
    return workers.length;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const { reject } of this.waiting.splice(0)) {
      reject(new FunctionError("died", `${this.name} is stopped.`));
    }
    await Promise.all([...this.workers].map(async (worker) => await worker.terminate()));
  }

  private assign(): void {
    while (this.waiting.length > 0) {
      const worker = this.idle.pop();
      if (worker === undefined) {
        break;
      }
      this.run(worker, this.waiting.shift() as Waiting);
    }
    while (this.starting < this.waiting.length && this.workers.size < mostWorkers && !this.stopped) {
      this.start();
    }
  }

  private start(): void {
    const { timeoutSeconds: _timeout, environment, ...workerData } = this.settings;
    const worker = new Worker(new URL("./function-worker.ts", import.meta.url), {
      workerData: workerData satisfies WorkerSettings,
      env: { ...this.runtimeEnvironment(), ...environment },
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    this.workers.add(worker);
    this.starting += 1;
    this.log.follow(this.name, worker);

    const failure: { text: string | null } = { text: null };
    worker.on("error", (error) => {
      failure.text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    const timer = setTimeout(() => {
      failure.text ??= `it was not loaded within ${loadWithinMs / 1000} s`;
      void worker.terminate();
    }, loadWithinMs);
    const onExit = (): void => {
      clearTimeout(timer);
      this.starting -= 1;
      this.workers.delete(worker);
      const error = `${this.name} could not be loaded: ${failure.text ?? "its worker ended"}`;
      this.log.write(this.name, "error", error);
      // One event fails for each worker that fails, as each cold start does; otherwise it would be tried for ever.
      this.waiting.shift()?.reject(new FunctionError("died", error));
      this.assign();
    };
    worker.once("exit", onExit);
    worker.once("message", () => {
      clearTimeout(timer);
      worker.off("exit", onExit);
      this.starting -= 1;
      this.idle.push(worker);
      worker.once("exit", () => this.forget(worker));
      this.assign();
    });
  }

  private forget(worker: Worker): void {
    this.workers.delete(worker);
    const index = this.idle.indexOf(worker);
    if (index !== -1) {
      this.idle.splice(index, 1);
    }
    this.assign();
  }

  private run(worker: Worker, { event, resolve, reject }: Waiting): void {
    const fail = (reason: FunctionError["reason"], text: string): void => {
      settled();
      if (!this.stopped) {
        this.log.write(this.name, "error", text);
      }
      reject(new FunctionError(reason, `${this.name}: ${text}`));
    };
    const onMessage = (message: WorkerMessage): void => {
      if (message.kind === "failed") {
        fail("threw", message.error);
      } else {
        settled();
        resolve(message.kind === "answered" ? JSON.parse(message.result) : null);
      }
      this.idle.push(worker);
      this.assign();
    };
    let lastError = "its worker ended";
    const onError = (error: unknown): void => {
      lastError = error instanceof Error ? (error.stack ?? error.message) : String(error);
    };
    const onExit = (): void => fail("died", lastError);
    const timer = setTimeout(() => {
      fail("timed-out", `timed out after ${this.settings.timeoutSeconds} s`);
      void worker.terminate();
    }, this.settings.timeoutSeconds * 1000);
    const settled = (): void => {
      clearTimeout(timer);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage({ event, deadlineMs: Date.now() + this.settings.timeoutSeconds * 1000 } satisfies Invocation);
  }

  /** What Lambda's runtime sets. The person's own AWS configuration is kept out: all here is local. */
  private runtimeEnvironment(): Record<string, string> {
    return {
      TZ: ":UTC",
      LANG: "en_US.UTF-8",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
      AWS_LAMBDA_FUNCTION_NAME: this.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(this.settings.memoryMb),
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      LAMBDA_TASK_ROOT: this.settings.codeDirectory,
      _HANDLER: this.settings.handler,
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_EC2_METADATA_DISABLED: "true",
    };
  }
}
