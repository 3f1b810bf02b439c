import { describe, expect, it } from "vitest";
import { bodyOf } from "../../functions/messaging/message-body.ts";

/** Characters that SQS and its emulators take; JSON escapes the control characters, of which they take three. */
const taken = /^[ -\ud7ff\ue000-\ufffd]*$/u;

describe("the body of a message", () => {
  it("holds only characters that a queue takes, and is the message all the same", () => {
    const everyHalf = Array.from({ length: 0x1_0000 }, (_, code) => `a${String.fromCharCode(code)}b`);
    const message = { references: [...everyHalf, "😀", "\u{10ffff}"] };
    const body = bodyOf(message);
    expect(taken.test(body)).toBe(true);
    expect(JSON.parse(body)).toEqual(message);
  });
});
