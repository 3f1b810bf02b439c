/** The items of the catalogue: their stored form in the inventory table. */
import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { type BackorderPolicy, type Component, type Item, isKit } from "../domain/catalogue.ts";
import type { PurchaseLimit } from "../domain/level.ts";
import { type Condition, expressionOf, itemIsAbsent } from "./condition.ts";
import { inventoryKeys } from "./keys.ts";
import { upgraded } from "./schema.ts";
import { schemas } from "./schemas.ts";
import {
  CorruptItemError,
  readBoolean,
  readList,
  readMap,
  readNumber,
  readOneOf,
  readOptionalNumber,
  readOptionalString,
  readString,
  type StoredItem,
  withoutNulls,
} from "./stored-item.ts";
import type { LabelledPart } from "./transaction.ts";

/** What most items have is not stored; a limit is, though it means nothing while backorders are denied. */
function isUsual({ policy, limit }: BackorderPolicy): boolean {
  return policy === "deny" && limit === null;
}

/** Everything of an item but its key. */
export function storedItemFields(item: Item): Record<string, unknown> {
  return {
    name: item.name,
    active: item.active,
    revision: item.revision,
    settingsRevision: item.settingsRevision,
    updatedAt: item.updatedAtMs,
    actor: item.actor,
    ...withoutNulls({
      backorder: isUsual(item.backorder) ? null : withoutNulls({ ...item.backorder }),
      restockAt: item.restockAt,
      availableFrom: item.availableFrom,
      purchaseLimit: item.purchaseLimit === null ? null : withoutNulls({ ...item.purchaseLimit }),
      components: isKit(item) ? item.components.map(({ sku, quantity }) => [sku, quantity]) : null,
      lowStockThreshold: item.lowStockThreshold,
      externalSku: item.externalSku,
      barcode: item.barcode,
    }),
  };
}

function parseBackorder(item: StoredItem): BackorderPolicy {
  if (item["backorder"] === undefined) {
    return { policy: "deny", limit: null };
  }
  const backorder = readMap(item, "backorder");
  return { policy: readOneOf(backorder, "policy", ["deny", "allow"]), limit: readOptionalNumber(backorder, "limit") };
}

function parsePurchaseLimit(item: StoredItem): PurchaseLimit | null {
  if (item["purchaseLimit"] === undefined) {
    return null;
  }
  const limit = readMap(item, "purchaseLimit");
  return { quantity: readNumber(limit, "quantity"), windowDays: readOptionalNumber(limit, "windowDays") };
}

/** Stored as pairs of SKU and quantity; none where there is no such attribute. */
export function parseComponents(item: StoredItem, attribute: string): readonly Component[] {
  const stored = item[attribute] === undefined ? [] : readList(item, attribute);
  return stored.map((pair) => {
    const [sku, quantity] = Array.isArray(pair) ? pair : [];
    if (typeof sku !== "string" || typeof quantity !== "number") {
      throw new CorruptItemError(item, attribute, "SKU and quantity");
    }
    return { sku, quantity };
  });
}

/** Throws a `CorruptItemError` when the stored item is no item of the catalogue. */
export function parseItem(sku: string, stored: StoredItem): Item {
  const item = upgraded(schemas.item, stored);
  return {
    sku,
    name: readString(item, "name"),
    backorder: parseBackorder(item),
    restockAt: readOptionalString(item, "restockAt"),
    availableFrom: readOptionalString(item, "availableFrom"),
    purchaseLimit: parsePurchaseLimit(item),
    components: parseComponents(item, "components"),
    lowStockThreshold: readOptionalNumber(item, "lowStockThreshold"),
    externalSku: readOptionalString(item, "externalSku"),
    barcode: readOptionalString(item, "barcode"),
    active: readBoolean(item, "active"),
    revision: readNumber(item, "revision"),
    settingsRevision: readNumber(item, "settingsRevision"),
    updatedAtMs: readNumber(item, "updatedAt"),
    actor: readString(item, "actor"),
  };
}

/** The item as it is now, or null. */
export async function readItem(client: DynamoDBDocumentClient, table: string, sku: string): Promise<Item | null> {
  const { Item } = await client.send(
    new GetCommand({ TableName: table, Key: inventoryKeys.item(sku), ConsistentRead: true }),
  );
  return Item === undefined ? null : parseItem(sku, Item);
}

/** The stored thing is still at the revision that the change was computed from. */
export function revisionIs(revision: number): Condition {
  return {
    expression: "revision = :seenRevision",
    values: { ":seenRevision": revision },
  };
}

/** A component is there and is no kit itself. */
const isPlainItem: Condition = {
  expression: "attribute_exists(pk) AND attribute_not_exists(components)",
};

/** No kit has this SKU as a component. */
const isNoComponent: Condition = {
  expression: "attribute_not_exists(pk) OR uses = :none",
  values: { ":none": 0 },
};

/** The parts of a write of an item, and the SKUs whose conditions they carry. */
export type ItemLabel =
  | { readonly kind: "item" }
  /** `isItself`: the item that is written, which must be no component. */
  | { readonly kind: "component"; readonly sku: string; readonly isItself: boolean }
  | { readonly kind: "use" };

/**
 * Writes the next state of an item that is still at the revision seen; 0 stands for none. A kit is written in
 * one transaction with the proof that its components are no kits and that it is no component itself, so that
 * a kit of kits cannot come about, however requests meet.
 */
export function itemParts(table: string, before: Item | null, after: Item): readonly LabelledPart<ItemLabel>[] {
  const condition = before === null ? itemIsAbsent : revisionIs(before.revision);
  const skusOf = (item: Item | null): ReadonlySet<string> => new Set(item?.components.map(({ sku }) => sku) ?? []);
  const [earlier, later] = [skusOf(before), skusOf(after)];
  const uses = [...new Set([...earlier, ...later])]
    .map((sku) => ({ sku, change: Number(later.has(sku)) - Number(earlier.has(sku)) }))
    .filter(({ change }) => change !== 0);
  return [
    {
      label: { kind: "item" },
      part: {
        Put: {
          TableName: table,
          Item: { ...inventoryKeys.item(after.sku), ...storedItemFields(after) },
          ...expressionOf(condition),
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        },
      },
    },
    ...[...later].map(
      (sku): LabelledPart<ItemLabel> => ({
        label: { kind: "component", sku, isItself: false },
        part: { ConditionCheck: { TableName: table, Key: inventoryKeys.item(sku), ...expressionOf(isPlainItem) } },
      }),
    ),
    ...uses.map(
      ({ sku, change }): LabelledPart<ItemLabel> => ({
        label: { kind: "use" },
        part: {
          Update: {
            TableName: table,
            Key: inventoryKeys.componentUse(sku),
            UpdateExpression: "ADD uses :change",
            ExpressionAttributeValues: { ":change": change },
          },
        },
      }),
    ),
    ...(later.size > 0
      ? [
          {
            label: { kind: "component", sku: after.sku, isItself: true },
            part: {
              ConditionCheck: {
                TableName: table,
                Key: inventoryKeys.componentUse(after.sku),
                ...expressionOf(isNoComponent),
              },
            },
          } satisfies LabelledPart<ItemLabel>,
        ]
      : []),
  ];
}
