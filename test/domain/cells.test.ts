import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guessCell, homeCell, otherCell, spread, takeFromCells } from "../../functions/domain/cells.ts";

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("cells", () => {
  it("share what is split as evenly as whole units allow, and lose none", () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.integer({ min: 1, max: 1_024 }), (quantity, cells) => {
        const shares = spread(quantity, cells);
        expect(shares).toHaveLength(cells);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(quantity);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("have a home for every environment, and another one for whoever leaves it", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 1_024 }), chance, (hash, count, random) => {
        const home = homeCell(hash, count);
        const other = otherCell(home, count, random);
        expect([home, other].every((cell) => cell >= 1 && cell <= count)).toBe(true);
        expect(other !== home || count === 1).toBe(true);
      }),
    );
  });

  const remembered = fc.array(fc.option(fc.nat({ max: 9 }), { nil: null }), { minLength: 2, maxLength: 12 });
  const known = (units: readonly (number | null)[]) =>
    new Map(units.flatMap((each, index) => (each === null ? [] : [[index, each] as const])));

  it("are guessed at home first, and never where too little is known to be", () => {
    fc.assert(
      fc.property(remembered, fc.integer({ min: 1, max: 9 }), chance, (units, quantity, random) => {
        const remainders = known(units);
        const mayHold = (index: number): boolean => (remainders.get(index) ?? quantity) >= quantity;
        const guess = guessCell({ count: units.length - 1, remainders }, quantity, 1, () => random);
        if (guess === null) {
          expect(units.every((_, index) => !mayHold(index))).toBe(true);
          return;
        }
        expect(guess.quantity).toBe(quantity);
        expect(mayHold(guess.index)).toBe(true);
        expect(guess.index === 1 || !mayHold(1)).toBe(true);
      }),
    );
  });

  it("that were read give exactly what is wanted, from one if any has it, or say that there is too little", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 20 }),
        chance,
        (units, quantity, random) => {
          const takes = takeFromCells(known(units), quantity, 0, () => random);
          const sum = units.reduce((total, each) => total + each, 0);
          if (takes === null) {
            expect(sum).toBeLessThan(quantity);
            return;
          }
          expect(takes.reduce((total, take) => total + take.quantity, 0)).toBe(quantity);
          expect(new Set(takes.map(({ index }) => index)).size).toBe(takes.length);
          expect(takes.every((take) => take.quantity > 0 && take.quantity <= (units[take.index] ?? 0))).toBe(true);
          expect(takes.length === 1).toBe(units.some((each) => each >= quantity));
        },
      ),
    );
  });
});
