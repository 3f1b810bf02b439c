/** Partitions of a table, each with a budget of its own, onto which keys hash. */
import { burstSeconds, partitionReadUnitsPerSecond, partitionWriteUnitsPerSecond } from "./assumptions.ts";

/** A budget that refills evenly and keeps a little of what was not used. */
class Budget {
  private readonly unitsPerSecond: number;
  private left: number;
  private asOfMs: number;

  constructor(unitsPerSecond: number, nowMs: number) {
    this.unitsPerSecond = unitsPerSecond;
    this.left = unitsPerSecond * burstSeconds;
    this.asOfMs = nowMs;
  }

  /** False, and nothing taken, when there is not enough left. */
  takes(units: number, nowMs: number): boolean {
    const most = this.unitsPerSecond * burstSeconds;
    this.left = Math.min(most, this.left + ((nowMs - this.asOfMs) * this.unitsPerSecond) / 1_000);
    this.asOfMs = nowMs;
    if (this.left < units) {
      return false;
    }
    this.left -= units;
    return true;
  }
}

export class Partitions {
  private readonly writes: readonly Budget[];
  private readonly reads: readonly Budget[];

  constructor(count: number, nowMs: number) {
    this.writes = Array.from({ length: count }, () => new Budget(partitionWriteUnitsPerSecond, nowMs));
    this.reads = Array.from({ length: count }, () => new Budget(partitionReadUnitsPerSecond, nowMs));
  }

  takesWrite(partitionKey: string, units: number, nowMs: number): boolean {
    return this.writes[hashOf(partitionKey) % this.writes.length]?.takes(units, nowMs) ?? false;
  }

  takesRead(partitionKey: string, units: number, nowMs: number): boolean {
    return this.reads[hashOf(partitionKey) % this.reads.length]?.takes(units, nowMs) ?? false;
  }
}

/** FNV-1a with the finaliser of MurmurHash3, so that keys that differ in their last digit land anywhere. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
