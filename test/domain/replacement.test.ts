import { describe, expect, it } from "vitest";
import { decideReplacement } from "../../functions/domain/replacement.ts";

const present = { revision: 3, name: "Thing" };
const isSame = ({ name }: typeof present): boolean => name === "Thing";
const isOther = (): boolean => false;
const anything = { expectedRevision: null, mustExist: false };

describe("a description that is replaced", () => {
  it("is written on the revision that is there, or on none", () => {
    expect(decideReplacement(present, isOther, anything)).toEqual({ kind: "write", seenRevision: 3 });
    expect(decideReplacement<typeof present>(null, isOther, anything)).toEqual({ kind: "write", seenRevision: 0 });
  });

  it("is left as it is when it says the same", () => {
    expect(decideReplacement(present, isSame, anything)).toEqual({ kind: "unchanged" });
  });

  it("is not overwritten by who has seen another one, or none", () => {
    const conflict = { kind: "refused", refusal: { kind: "version-conflict", revision: 3 } };
    expect(decideReplacement(present, isOther, { ...anything, expectedRevision: 2 })).toEqual(conflict);
    expect(decideReplacement(present, isSame, { ...anything, expectedRevision: 0 })).toEqual(conflict);
    expect(decideReplacement(present, isOther, { ...anything, expectedRevision: 3 })).toMatchObject({ kind: "write" });
  });

  it("must be there when the caller says so", () => {
    const mustExist = { expectedRevision: null, mustExist: true };
    expect(decideReplacement<typeof present>(null, isOther, mustExist)).toMatchObject({
      refusal: { kind: "version-conflict", revision: 0 },
    });
  });
});
