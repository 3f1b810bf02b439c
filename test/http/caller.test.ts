import { describe, expect, it } from "vitest";
import { actorOf, callerOf } from "../../functions/http/caller.ts";
import { eventFor } from "./gateway.ts";

const caller = (claims: Record<string, string> | null) => callerOf(eventFor("getItem", { claims }), true);

describe("the caller", () => {
  it("is the token's subject, or its client where there is no subject", () => {
    expect(caller({ sub: "shop", client_id: "client" })).toEqual({ subject: "shop", actor: "shop" });
    expect(caller({ client_id: "client" })).toEqual({ subject: "client", actor: "client" });
    expect(caller({ sub: "", client_id: "client" }).subject).toBe("client");
  });

  it("is never nobody on a route that needs a token", () => {
    expect(() => caller(null)).toThrow(/without a token/);
    expect(() => caller({ scope: "inventory/manage" })).toThrow(/without a token/);
    expect(callerOf(eventFor("getHealth", { claims: null }), false).subject).toBeNull();
  });

  it("is kept in at most 64 bytes, and two long ones stay two", () => {
    expect(actorOf("x".repeat(64))).toBe("x".repeat(64));
    for (const long of ["x".repeat(65), `${"ä".repeat(40)}1`, "😀".repeat(30), `${"x".repeat(40)}😀😀😀😀😀😀😀😀😀`]) {
      const actor = actorOf(long);
      expect(Buffer.byteLength(actor)).toBeLessThanOrEqual(64);
      expect(Buffer.byteLength(actor)).toBeGreaterThan(58);
      expect(actor.isWellFormed()).toBe(true);
      expect(actor.slice(0, 8)).toBe(long.slice(0, 8));
      expect(actor).not.toBe(actorOf(`${long}!`));
    }
  });
});
