/** Items by table and key, as plain values; each write replaces an item, so that images stay what they were. */
import type { Key } from "../../functions/storage/keys.ts";
import type { Attributes } from "../expressions/values.ts";

export class ItemStore {
  private readonly tables = new Map<string, Map<string, Map<string, Attributes>>>();
  private readonly observe: (before: Attributes | undefined, after: Attributes) => void;

  /** `observe` is told of every write. */
  constructor(observe: (before: Attributes | undefined, after: Attributes) => void) {
    this.observe = observe;
  }

  get(table: string, { pk, sk }: Key): Attributes | undefined {
    return this.tables.get(table)?.get(pk)?.get(sk);
  }

  put(table: string, item: Attributes): void {
    const { pk, sk, version } = item as unknown as Key & { readonly version: number };
    const partitions = this.tables.get(table) ?? new Map<string, Map<string, Attributes>>();
    this.tables.set(table, partitions);
    const items = partitions.get(pk) ?? new Map<string, Attributes>();
    partitions.set(pk, items);
    // Movements have a number as their sort key.
    const sortKey = sk ?? String(version);
    const before = items.get(sortKey);
    items.set(sortKey, item);
    this.observe(before, item);
  }

  /** In order of sort keys. */
  ofPartition(table: string, partitionKey: string): readonly Attributes[] {
    const items = this.tables.get(table)?.get(partitionKey) ?? new Map<string, Attributes>();
    return [...items].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }
}
