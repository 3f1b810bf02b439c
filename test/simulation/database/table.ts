/** One table in memory: the items with their latest images, so that a read can be given an earlier one. */
import { type Attributes, compare, compareTexts } from "../../../bench/expressions/values.ts";

export interface TableSchema {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly indexes: readonly { readonly indexName: string; readonly partitionKey: string; readonly sortKey: string }[];
}

type KeyValue = string | number;

interface Past {
  readonly untilMs: number;
  readonly image: Attributes | undefined;
}

/** How many earlier images of an item a read that is not consistent may meet. */
const mostPast = 4;

/** The place of one item, whether there is one or not. */
export class Slot {
  readonly partition: string;
  readonly sort: KeyValue;
  image: Attributes | undefined;
  /** The transaction that has prepared a write of it. */
  preparedBy: object | null = null;
  private past: Past[] = [];

  constructor(partition: string, sort: KeyValue) {
    this.partition = partition;
    this.sort = sort;
  }

  write(image: Attributes | undefined, nowMs: number): void {
    this.past = [...this.past.slice(1 - mostPast), { untilMs: nowMs, image: this.image }];
    this.image = image;
  }

  /** The image as a replica had it that has not heard of what was written since. */
  imageAt(atMs: number): Attributes | undefined {
    const past = this.past.find(({ untilMs }) => untilMs > atMs);
    return past === undefined ? this.image : past.image;
  }
}

/** The places under one partition key; in order as soon as somebody asks for it. */
class Partition {
  readonly slots = new Map<KeyValue, Slot>();
  private ordered: readonly Slot[] | null = null;

  add(slot: Slot): void {
    this.slots.set(slot.sort, slot);
    this.ordered = null;
  }

  inOrder(): readonly Slot[] {
    this.ordered ??= [...this.slots.values()].sort((a, b) => compareKeys(a.sort, b.sort));
    return this.ordered;
  }
}

export class Table {
  readonly schema: TableSchema;
  private readonly partitions = new Map<string, Partition>();

  constructor(schema: TableSchema) {
    this.schema = schema;
  }

  slot(key: Attributes): Slot {
    const { partitionKey, sortKey } = this.schema;
    const [partition, sort] = [key[partitionKey], key[sortKey]];
    if (typeof partition !== "string" || (typeof sort !== "string" && typeof sort !== "number")) {
      throw new Error(`${JSON.stringify(key)} is no key of the table ${this.schema.name}.`);
    }
    let places = this.partitions.get(partition);
    if (places === undefined) {
      places = new Partition();
      this.partitions.set(partition, places);
    }
    let slot = places.slots.get(sort);
    if (slot === undefined) {
      slot = new Slot(partition, sort);
      places.add(slot);
    }
    return slot;
  }

  keyOf(item: Attributes): Attributes {
    const { partitionKey, sortKey } = this.schema;
    return { [partitionKey]: item[partitionKey], [sortKey]: item[sortKey] };
  }

  /** The places of a partition in the order of their sort keys. */
  partition(partition: string): readonly Slot[] {
    return this.partitions.get(partition)?.inOrder() ?? [];
  }

  /** All places, in an order that stays the same. */
  all(): readonly Slot[] {
    return [...this.partitions.keys()].sort(compareTexts).flatMap((partition) => this.partition(partition));
  }

  /** The items as they are now. */
  items(): readonly Attributes[] {
    return [...this.partitions.values()].flatMap(({ slots }) =>
      [...slots.values()].flatMap(({ image }) => (image === undefined ? [] : [image])),
    );
  }

  item(key: Attributes): Attributes | undefined {
    return this.slot(key).image;
  }
}

export function compareKeys(one: unknown, other: unknown): number {
  return compare(one, other) ?? 0;
}
