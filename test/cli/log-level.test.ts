/** What the command refuses; that it sets a level is shown by the deployment on an emulator. */
import { describe, expect, it } from "vitest";
import { inventory } from "./program.ts";

describe("log-level", () => {
  it("is about a stack in an account, and tells how it is done on this machine", async () => {
    const { code, output } = await inventory("log-level", "DEBUG");
    expect(code).toBe(64);
    expect(output).toContain("LOG_LEVEL=DEBUG npm start");
  });

  it.each(["WARN", "ERROR", "loud"])(
    "does not set %s: lines without a level would be dropped, and with them the metrics",
    async (level) => {
      const { code, output } = await inventory("log-level", level, "--stack", "Inventory");
      expect(code).toBe(64);
      expect(output).toContain("The level is one of INFO and DEBUG.");
      expect(output).toContain("Lambda would drop the metrics");
    },
  );
});
