import type { StockKey } from "../domain/level.ts";

/** Units of a cell, or of a level itself. */
export interface StockUnits {
  readonly key: StockKey;
  readonly quantity: number;
}

/** Units that were chosen for several takes, and not dealt out to them yet. */
export class ChosenUnits {
  private left: readonly StockUnits[];

  constructor(units: readonly StockUnits[]) {
    this.left = units;
  }

  /** The next so many of them, or as many as are left. */
  dealOut(quantity: number): readonly StockUnits[] {
    let wanted = quantity;
    const dealt: StockUnits[] = [];
    const left: StockUnits[] = [];
    for (const { key, quantity: units } of this.left) {
      const taken = Math.min(units, wanted);
      wanted -= taken;
      if (taken > 0) {
        dealt.push({ key, quantity: taken });
      }
      if (taken < units) {
        left.push({ key, quantity: units - taken });
      }
    }
    this.left = left;
    return dealt;
  }
}
