/** Named checks, one after the other, each told as it ends. */

const secondsSince = (startMs: number): string => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;

/** A check that did not hold; it has been told already. */
export class FailedCheck extends Error {
  override readonly name = "FailedCheck";
}

export class Checks {
  private passed = 0;
  private failed = 0;

  /**
   * Runs a check that throws unless what its name says is so. Gives what the check gives; a text is told as a remark.
   * Later checks stand on what earlier ones did, so the first that fails is the last: throws `FailedCheck`.
   */
  async that<T>(name: string, check: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    try {
      const given = await check();
      this.passed += 1;
      console.log(`passed: ${name} (${secondsSince(startMs)})${typeof given === "string" ? `: ${given}` : ""}`);
      return given;
    } catch (error) {
      this.failed += 1;
      console.error(`FAILED: ${name} (${secondsSince(startMs)})`);
      console.error(error);
      throw new FailedCheck(name);
    }
  }

  get hasFailed(): boolean {
    return this.failed > 0;
  }

  get summary(): string {
    return `${this.passed} passed, ${this.failed} failed`;
  }
}
