/**
 * Which cells of a split level a buyer takes from. Index 0 stands for the level itself, which holds what was
 * received or given back since the split; the cells are 1 to N.
 */

export interface CellTake {
  readonly index: number;
  readonly quantity: number;
}

/** What is remembered of a split level: units by index, as they were seen last. Nothing is known of the others. */
export interface KnownCells {
  readonly count: number;
  readonly remainders: ReadonlyMap<number, number>;
}

/** The cell from which an environment serves its buyers, so that environments do not meet. */
export function homeCell(environmentHash: number, count: number): number {
  return 1 + (environmentHash % count);
}

/** Another cell, any of them. */
export function otherCell(home: number, count: number, random: number): number {
  return count === 1 ? home : 1 + ((home + Math.floor(random * (count - 1))) % count);
}

/**
 * A cell that may hold the quantity: the home cell, or else the better of two that are drawn by what they are
 * thought to hold ("The power of two choices in randomized load balancing", Mitzenmacher, 2001). Null when all
 * are known to hold less.
 */
export function guessCell(
  { count, remainders }: KnownCells,
  quantity: number,
  home: number,
  random: () => number,
): CellTake | null {
  const mayHold = (index: number): boolean => (remainders.get(index) ?? quantity) >= quantity;
  if (mayHold(home)) {
    return { index: home, quantity };
  }
  const known = [...remainders.values()].filter((units) => units > 0);
  const usual = known.length === 0 ? quantity : known.reduce((sum, units) => sum + units, 0) / known.length;
  const candidates: { readonly index: number; readonly weight: number }[] = [];
  let total = 0;
  for (let index = 0; index <= count; index += 1) {
    if (mayHold(index)) {
      const weight = remainders.get(index) ?? Math.max(usual, quantity);
      candidates.push({ index, weight });
      total += weight;
    }
  }
  const draw = (): { readonly index: number; readonly weight: number } | undefined => {
    let mark = random() * total;
    return candidates.find(({ weight }) => {
      mark -= weight;
      return mark < 0;
    });
  };
  const [one, other] = [draw() ?? candidates.at(-1), draw() ?? candidates.at(-1)];
  if (one === undefined || other === undefined) {
    return null;
  }
  return { index: other.weight > one.weight ? other.index : one.index, quantity };
}

/**
 * Takes from as few cells as it can, all of which were just read: from one that holds it all, the home cell
 * before others, else from the fullest ones. Null when they hold less together.
 */
export function takeFromCells(
  remainders: ReadonlyMap<number, number>,
  quantity: number,
  home: number,
  random: () => number,
): readonly CellTake[] | null {
  const full = [...remainders].filter(([, units]) => units >= quantity);
  if ((remainders.get(home) ?? 0) >= quantity) {
    return [{ index: home, quantity }];
  }
  const single = full[Math.floor(random() * full.length)];
  if (single !== undefined) {
    return [{ index: single[0], quantity }];
  }
  const takes: CellTake[] = [];
  let wanted = quantity;
  for (const [index, units] of [...remainders].sort(([, a], [, b]) => b - a)) {
    const taken = Math.min(Math.max(0, units), wanted);
    if (taken > 0) {
      takes.push({ index, quantity: taken });
      wanted -= taken;
    }
  }
  return wanted > 0 ? null : takes;
}

/** How a quantity is spread over cells when a level is split: as evenly as whole units allow. */
export function spread(quantity: number, cells: number): readonly number[] {
  return Array.from(
    { length: cells },
    (_, index) => Math.floor((quantity * (index + 1)) / cells) - Math.floor((quantity * index) / cells),
  );
}
