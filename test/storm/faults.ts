/** What goes wrong during a storm: which faults, when, and for how long, all drawn from the seed. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalStack } from "../../local/stack.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import type { DurableEmulator } from "./emulator.ts";

export const faultKinds = ["crashed API function", "crashed consumer", "frozen database", "killed queues"] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly what: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

const apiFunctions = ["Storefront", "BackOffice"] as const;
const consumers = [
  "PublishChanges",
  "WriteAudit",
  "SendAlerts",
  "ExpireReservations",
  "AllocateBackorders",
  "ApplySettings",
  "RefreshViews",
] as const;

/** Time for what a fault has delayed to go its way before the next one. */
const pauseMs = { least: 2_000, most: 4_500 } as const;
const outageMs = { least: 500, most: 4_000 } as const;

export interface Victims {
  readonly stack: Pick<LocalStack, "crash" | "freezeDynamoDb" | "thawDynamoDb">;
  readonly emulator: Pick<DurableEmulator, "kill" | "revive">;
}

/** Gives what it did to whom, or null when there was nothing to break: a crash needs somebody who runs. */
async function strike(kind: FaultKind, { stack, emulator }: Victims, random: SeededRandom): Promise<string | null> {
  const lasts = random.integer(outageMs.least, outageMs.most);
  switch (kind) {
    case "crashed API function":
    case "crashed consumer": {
      const name = random.pick<string>(kind === "crashed consumer" ? consumers : apiFunctions);
      const workers = await stack.crash(name);
      return workers === 0 ? null : `${name}, ${workers} workers`;
    }
    case "frozen database":
      stack.freezeDynamoDb();
      try {
        await sleep(lasts);
      } finally {
        stack.thawDynamoDb();
      }
      return `for ${lasts} ms`;
    case "killed queues":
      await emulator.kill();
      await sleep(lasts);
      await emulator.revive();
      return `for ${lasts} ms`;
  }
}

/** Goes on until the time is over; every kind comes before any comes again. */
export async function runFaults(victims: Victims, random: SeededRandom, endsAtMs: number): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  let kinds: readonly FaultKind[] = [];
  for (;;) {
    const waitMs = random.integer(pauseMs.least, pauseMs.most);
    if (Date.now() + waitMs > endsAtMs) {
      return faults;
    }
    await sleep(waitMs);
    if (kinds.length === 0) {
      kinds = random.sample(faultKinds, faultKinds.length);
    }
    const [kind, ...rest] = kinds as readonly [FaultKind, ...FaultKind[]];
    const fromMs = Date.now();
    const what = await strike(kind, victims, random);
    if (what !== null) {
      faults.push({ kind, what, fromMs, untilMs: Date.now() });
      kinds = rest;
    }
  }
}
