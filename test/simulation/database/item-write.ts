/** The write of one item, as a command or a part of a transaction asks for it: its condition and what it makes. */
import { conditionOf } from "../../../bench/expressions/conditions.ts";
import type { Placeholders } from "../../../bench/expressions/operands.ts";
import { placeholdersOf } from "../../../bench/expressions/placeholders.ts";
import { updateOf } from "../../../bench/expressions/updates.ts";
import type { Attributes } from "../../../bench/expressions/values.ts";
import { stored } from "./marshal.ts";
import type { Slot, Table } from "./table.ts";

/** What the commands that write have in common; what one does not have is undefined. */
export interface WriteInput {
  readonly TableName?: string | undefined;
  readonly Key?: Attributes | undefined;
  readonly Item?: Attributes | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Attributes | undefined;
  readonly ReturnValues?: string | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

export type WriteKind = "Put" | "Update" | "Delete" | "ConditionCheck";

const nothing: Attributes = {};

export class ItemWrite {
  readonly kind: WriteKind;
  readonly table: Table;
  readonly slot: Slot;
  readonly returnsOld: boolean;
  private readonly condition: string | undefined;
  private readonly update: string | undefined;
  private readonly item: Attributes;
  private readonly key: Attributes;
  private readonly placeholders: Placeholders;

  constructor(table: Table, kind: WriteKind, input: WriteInput) {
    this.kind = kind;
    this.table = table;
    this.condition = input.ConditionExpression;
    this.update = input.UpdateExpression;
    this.item = stored(input.Item ?? nothing);
    this.key = kind === "Put" ? table.keyOf(this.item) : stored(input.Key ?? nothing);
    this.slot = table.slot(this.key);
    this.returnsOld = input.ReturnValuesOnConditionCheckFailure === "ALL_OLD";
    const { names, values } = placeholdersOf(input, [this.condition, this.update]);
    this.placeholders = { names, values: stored(values) };
  }

  holds(): boolean {
    return this.condition === undefined || conditionOf(this.condition)(this.slot.image ?? nothing, this.placeholders);
  }

  /** The item as the write leaves it; undefined when it is gone. */
  next(): Attributes | undefined {
    switch (this.kind) {
      case "ConditionCheck":
        return this.slot.image;
      case "Delete":
        return undefined;
      case "Put":
        return this.item;
      case "Update": {
        const present = this.slot.image ?? this.key;
        return this.update === undefined ? present : Object.freeze(updateOf(this.update)(present, this.placeholders));
      }
    }
  }
}
