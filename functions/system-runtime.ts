import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Runtime } from "./domain/runtime.ts";

/** The machine's own clock and randomness. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: async (milliseconds) => {
    await setTimeout(milliseconds);
  },
  newId: () => randomBytes(16).toString("base64url"),
};
