/** Queues that survive the death of what serves them. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type GuardedProcess, spawnGuarded } from "../../local/child-process.ts";
import { localCredentials } from "../../local/credentials.ts";
import { freePort } from "../../local/ports.ts";
import type { MessagingLocal } from "../../local/queues.ts";
import { region } from "../../local/template.ts";

const startWithinMs = 30_000;

export interface DurableEmulator {
  readonly messaging: MessagingLocal;
  /** Kills it, so that no connection is ended in order. */
  kill(): Promise<void>;
  /** Starts it on the same address with what it had been told. */
  revive(): Promise<void>;
}

/** Starts it with nothing in it. It ends with this process at the latest. */
export async function startDurableEmulator(directory: string): Promise<DurableEmulator> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const sqs = new SQSClient({ endpoint: url, region, credentials: localCredentials, maxAttempts: 3 });
  const program = join(import.meta.dirname, "emulator-process.ts");
  let running: GuardedProcess;

  const revive = async (): Promise<void> => {
    running = spawnGuarded([process.execPath, program, String(port), directory]);
    const giveUpAtMs = Date.now() + startWithinMs;
    for (;;) {
      try {
        await sqs.send(new ListQueuesCommand({}));
        return;
      } catch (error) {
        if (Date.now() > giveUpAtMs) {
          throw new Error(`The emulator did not start. ${running.output()}`, { cause: error });
        }
        await sleep(50);
      }
    }
  };

  await revive();
  const kill = async (): Promise<void> => await running.stop();
  return {
    messaging: {
      url,
      sqs,
      stop: async () => {
        sqs.destroy();
        await kill();
      },
    },
    kill,
    revive,
  };
}
