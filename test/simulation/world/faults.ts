/** What can go wrong on the way, how often, and how often it did. */
import type { Random } from "./random.ts";

export const faultKinds = [
  "throttled",
  "server-error",
  "timeout-before",
  "timeout-after",
  "applied-late",
  "unreachable",
  "unheard",
  "conflict",
  "busy-partition",
  "slow-transaction",
  "crash-before",
  "crash-after",
  "crash-asleep",
  "stall",
  "stale-read",
  "unprocessed-keys",
  "short-page",
  "clock-skew",
  "duplicate-message",
  "late-message",
  "lost-acknowledgement",
  "refused-message",
  "poisoned-message",
  "queue-outage",
  "duplicate-records",
  "late-records",
  "late-deletion",
  "wrong-deletion",
  "little-time",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export type FaultCounts = Record<FaultKind, number>;

export function noFaults(): FaultCounts {
  return Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as FaultCounts;
}

/** Which faults a run may have; a shrunk run has fewer. */
export interface FaultProfile {
  /** How likely it is that a call meets a fault. */
  readonly rate: number;
  readonly without: ReadonlySet<FaultKind>;
}

/** What may befall a call to DynamoDB, SQS or SNS, and how likely it is among the faults. */
const ofCalls: readonly (readonly [FaultKind, number])[] = [
  ["throttled", 3],
  ["server-error", 1],
  ["timeout-before", 2],
  ["timeout-after", 4],
  ["applied-late", 1],
  ["unreachable", 1],
  ["unheard", 2],
  ["conflict", 3],
  ["busy-partition", 1],
  ["slow-transaction", 2],
  ["crash-before", 1],
  ["crash-after", 2],
  ["stall", 1],
];

export class Faults {
  readonly counts = noFaults();
  private readonly profile: FaultProfile;
  /** While the shop is opened nothing goes wrong. */
  areHeldBack = false;

  constructor(profile: FaultProfile) {
    this.profile = profile;
  }

  /** From now on nothing goes wrong any more. */
  pause(): void {
    this.areHeldBack = true;
  }

  /** What befalls a call, or null. */
  ofCall(random: Random): FaultKind | null {
    if (!random.chance(this.profile.rate)) {
      return null;
    }
    const kind = random.weighted(ofCalls);
    return this.areHeldBack || this.profile.without.has(kind) ? null : kind;
  }

  /** Whether one particular thing goes wrong, so many times as often as calls do. */
  strikes(kind: FaultKind, random: Random, times = 1): boolean {
    const strikes = random.chance(Math.min(0.9, this.profile.rate * times));
    const allowed = strikes && !this.areHeldBack && !this.profile.without.has(kind);
    if (allowed) {
      this.count(kind);
    }
    return allowed;
  }

  count(kind: FaultKind): void {
    this.counts[kind] += 1;
  }
}
