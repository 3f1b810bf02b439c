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

  it("have a home that differs between environments, and every other cell is one to move to", () => {
    expect(new Set([0, 1, 2, 3, 4].map((hash) => homeCell(hash, 5))).size).toBe(5);
    const others = Array.from({ length: 4 }, (_, at) => otherCell(3, 5, at / 4));
    expect([...others].sort()).toEqual([1, 2, 4, 5]);
  });

  const remembered = fc.array(fc.option(fc.nat({ max: 9 }), { nil: null }), { minLength: 2, maxLength: 12 });
  const known = (units: readonly (number | null)[]) =>
    new Map(units.flatMap((each, index) => (each === null ? [] : [[index, each] as const])));
  /** Gives the values one after the other. */
  const chances = (...values: readonly number[]) => {
    let at = 0;
    return () => {
      at += 1;
      return values[(at - 1) % values.length] ?? 0;
    };
  };

  it("are guessed at home first, and never where too little is known to be", () => {
    fc.assert(
      fc.property(remembered, fc.integer({ min: 1, max: 9 }), chance, chance, (units, quantity, one, other) => {
        const remainders = known(units);
        const mayHold = (index: number): boolean => (remainders.get(index) ?? quantity) >= quantity;
        const guess = guessCell({ count: units.length - 1, remainders }, quantity, 1, chances(one, other));
        if (guess === null) {
          expect(units.every((_, index) => !mayHold(index))).toBe(true);
          return;
        }
        expect(guess.quantity).toBe(quantity);
        expect(mayHold(guess.index)).toBe(true);
        expect(guess.index).toBeLessThan(units.length);
        expect(guess.index === 1 || !mayHold(1)).toBe(true);
      }),
    );
  });

  it("are guessed by two draws, of which the one that is thought to hold more wins", () => {
    // Nothing at home, cell 2 has 1 and cell 3 has 9: the first tenth of chance is cell 2, the rest cell 3.
    const remainders = new Map([
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 9],
    ]);
    const guess = (...values: readonly number[]) =>
      guessCell({ count: 3, remainders }, 1, 1, chances(...values))?.index;
    expect(guess(0.05, 0.5)).toBe(3);
    expect(guess(0.5, 0.05)).toBe(3);
    expect(guess(0.05, 0.05)).toBe(2);
    expect(guess(0.11, 0.05)).toBe(3);
  });

  it("of which nothing is known are thought to hold as much as the others do", () => {
    // Cell 2 has 7 and cell 3 has 1, which makes 4 for cell 4: seven twelfths, one, and four.
    const remainders = new Map([
      [0, 0],
      [1, 0],
      [2, 7],
      [3, 1],
    ]);
    const guess = (twelfths: number) => guessCell({ count: 4, remainders }, 1, 1, chances(twelfths / 12))?.index;
    expect([0.1, 6.9, 7.1, 7.9, 8.1, 11.9].map(guess)).toEqual([2, 2, 3, 3, 4, 4]);
  });

  const seen = fc.array(fc.integer({ min: -2, max: 6 }), { minLength: 1, maxLength: 8 });

  it("that were read give exactly what is wanted, from as few as can be, or say that there is too little", () => {
    fc.assert(
      fc.property(
        seen,
        fc.integer({ min: 1, max: 20 }),
        fc.nat({ max: 7 }),
        chance,
        (units, quantity, home, random) => {
          const takes = takeFromCells(known(units), quantity, home, () => random);
          const held = units.map((each) => Math.max(0, each));
          if (takes === null) {
            expect(held.reduce((total, each) => total + each, 0)).toBeLessThan(quantity);
            return;
          }
          expect(takes.reduce((total, take) => total + take.quantity, 0)).toBe(quantity);
          expect(new Set(takes.map(({ index }) => index)).size).toBe(takes.length);
          expect(takes.every((take) => take.quantity > 0 && take.quantity <= (held[take.index] ?? 0))).toBe(true);
          const fullest = [...held].sort((a, b) => b - a);
          const needsAll = fullest.slice(0, takes.length - 1).reduce((total, each) => total + each, 0) < quantity;
          expect(needsAll).toBe(true);
        },
      ),
    );
  });

  it("that were read give from the home cell if it has enough, and else from any that has", () => {
    const units = known([5, 5, 1, 5]);
    expect(takeFromCells(units, 5, 3, () => 0)).toEqual([{ index: 3, quantity: 5 }]);
    const elsewhere = [0, 0.34, 0.67].map((random) => takeFromCells(units, 5, 2, () => random)?.[0]?.index);
    expect(elsewhere).toEqual([0, 1, 3]);
  });
});
