import type { Runtime } from "../functions/domain/runtime.ts";
import { systemRuntime } from "../functions/system-runtime.ts";

/**
 * Stands still until it is moved, so that on a slow machine no cache grows old and no hold passes its deadline
 * between a preparation and what is measured after it.
 */
export class StillClock implements Runtime {
  private nowMs = systemRuntime.now();

  now(): number {
    return this.nowMs;
  }
  advance(milliseconds: number): void {
    this.nowMs += milliseconds;
  }
  random(): number {
    return systemRuntime.random();
  }
  async sleep(milliseconds: number): Promise<void> {
    await systemRuntime.sleep(milliseconds);
  }
  newId(): string {
    return systemRuntime.newId();
  }
}
