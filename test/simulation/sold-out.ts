/**
 * Invariant 6 of split levels: whoever says that one is sold out has read all of its cells twice in a row and found
 * too little. And whoever is refused has found so himself, or somebody else a second ago.
 */
import { keyPrefixes } from "../../functions/contract/tables.ts";
import type { LevelKey } from "../../functions/domain/level.ts";
import { cellKeys } from "../../functions/storage/cells.ts";
import { entityOf, inventoryKeys, type Key } from "../../functions/storage/keys.ts";
import type { StoredItem } from "../../functions/storage/stored-item.ts";
import { longestSkewMs } from "./world/process.ts";
import { tables, type World } from "./world/world.ts";

/** For how long others take a level for sold out, by clocks that may differ. */
export const soldOutForMs = 1_000 + 2 * longestSkewMs;

interface Finding {
  readonly atMs: number;
  readonly left: number;
}

export class SoldOutRules {
  private readonly world: World;
  /** What each environment has read of cells since its request began: how often, and the units of the latest reading. */
  private readonly readings = new Map<string, Map<string, { times: number; units: number }>>();
  private readonly findings = new Map<string, Finding[]>();

  constructor(world: World) {
    this.world = world;
    world.listen({
      called: (process, command, input) => this.called(process, command, input),
      answered: (process, command, input, result) => this.answered(process, command, input, result),
    });
  }

  /** A request begins: what its environment has read before proves nothing. */
  begin(process: string): void {
    this.readings.delete(process);
  }

  /** Whether somebody found since then that fewer units than these were left. */
  wasFound({ sku, locationId }: LevelKey, quantity: number, sinceMs: number): boolean {
    const findings = this.findings.get(`${sku}#${locationId}`) ?? [];
    return findings.some(({ atMs, left }) => atMs >= sinceMs && left < quantity);
  }

  private answered(process: string, command: string, input: StoredItem, result: unknown): void {
    if (command !== "BatchGet") {
      return;
    }
    const asked = (input["RequestItems"] as Record<string, { Keys: Key[]; ConsistentRead?: boolean }>)[
      tables.inventory
    ];
    if (asked?.ConsistentRead !== true) {
      return;
    }
    const { Responses, UnprocessedKeys } = result as {
      readonly Responses: Record<string, StoredItem[]>;
      readonly UnprocessedKeys: Record<string, { Keys: Key[] }>;
    };
    const unread = new Set(UnprocessedKeys[tables.inventory]?.Keys.map(({ pk }) => pk));
    const found = new Map(Responses[tables.inventory]?.map((item) => [String(item["pk"]), item]));
    const known = this.readings.get(process) ?? new Map<string, { times: number; units: number }>();
    this.readings.set(process, known);
    for (const { pk } of asked.Keys) {
      if (pk.startsWith(keyPrefixes.cell) && !unread.has(pk)) {
        const item = found.get(pk);
        const units = item === undefined || item["merged"] === true ? 0 : Math.max(0, Number(item["sellable"]));
        known.set(pk, { times: (known.get(pk)?.times ?? 0) + 1, units });
      }
    }
  }

  private called(process: string, command: string, input: StoredItem): void {
    const item = (command === "Put" ? input["Item"] : undefined) as StoredItem | undefined;
    const { pk, sk } = { pk: String(item?.["pk"]), sk: String(item?.["sk"]) };
    const [, locationId = ""] = sk.split("#");
    const entity = entityOf({ pk, sk: inventoryKeys.level({ sku: "", locationId }).sk });
    if (item === undefined || !sk.startsWith("SOLDOUT#") || entity.kind !== "stock") {
      return;
    }
    const level = entity.key;
    const [generation, left] = [Number(item["generation"]), Number(item["left"])];
    const record = this.world.database.table(tables.inventory).item({ ...inventoryKeys.split(level, generation) });
    const keys = cellKeys(level, generation, Number(record?.["cells"])).map((key) => inventoryKeys.stock(key).pk);
    const readings = keys.map((key) => this.readings.get(process)?.get(key) ?? { times: 0, units: 0 });
    const units = readings.reduce((sum, reading) => sum + reading.units, 0);
    if (keys.length === 0 || readings.some(({ times }) => times < 2) || left < units) {
      const detail = `${process} says ${left} of generation ${generation}, and read ${JSON.stringify(readings)}`;
      this.world.fail("sold out is what was read twice", `${level.sku} at ${locationId}: ${detail}`);
    }
    const name = `${level.sku}#${locationId}`;
    this.findings.set(name, [...(this.findings.get(name) ?? []), { atMs: this.world.nowMs, left }]);
  }
}
