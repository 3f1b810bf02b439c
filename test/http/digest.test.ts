import { describe, expect, it } from "vitest";
import { canonicalJson, digestOf } from "../../functions/digest.ts";

describe("digestOf", () => {
  it("is short and of characters that an id may have", () => {
    expect(digestOf("caller", "key")).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  it("gives the same digest for the same parts, and another one when a boundary moves", () => {
    expect(digestOf("ab", "c")).toBe(digestOf("ab", "c"));
    expect(digestOf("ab", "c")).not.toBe(digestOf("a", "bc"));
    expect(digestOf("ab")).not.toBe(digestOf("ab", ""));
  });
});

describe("canonicalJson", () => {
  it("does not depend on the order of fields, at any depth", () => {
    expect(canonicalJson({ b: 1, a: [{ d: null, c: "x" }] })).toBe('{"a":[{"c":"x","d":null}],"b":1}');
  });

  it("keeps the order of lists, which means something", () => {
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });

  it("takes an undefined field for an absent one", () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe(canonicalJson({ b: 1 }));
  });

  it("refuses what JSON cannot hold", () => {
    expect(() => canonicalJson([undefined])).toThrow(TypeError);
  });
});
