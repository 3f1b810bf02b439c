/** A write of one item, alone or as a part of a transaction: where it goes, whether it may, what it leaves. */
import type { PutCommandInput, UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import type { Key } from "../../functions/storage/keys.ts";
import { conditionOf } from "../expressions/conditions.ts";
import type { Placeholders } from "../expressions/operands.ts";
import { placeholdersOf } from "../expressions/placeholders.ts";
import { updateOf } from "../expressions/updates.ts";
import type { Attributes } from "../expressions/values.ts";

export interface Write {
  readonly Put?: PutCommandInput | undefined;
  readonly Update?: UpdateCommandInput | undefined;
}

export interface Place {
  readonly table: string;
  readonly key: Key;
  /** Whether a failed condition is to bring back the image that it met. */
  readonly expectsOld: boolean;
}

function partOf({ Put, Update }: Write) {
  const part = Put ?? Update;
  if (part === undefined) {
    throw new Error("The model of DynamoDB knows puts and updates only.");
  }
  return part;
}

export function placeOf(write: Write): Place {
  const { TableName = "", ReturnValuesOnConditionCheckFailure } = partOf(write);
  const key = (write.Put?.Item ?? write.Update?.Key) as unknown as Key;
  return {
    table: TableName,
    key: { pk: key.pk, sk: key.sk },
    expectsOld: ReturnValuesOnConditionCheckFailure === "ALL_OLD",
  };
}

function given(write: Write): Placeholders {
  return placeholdersOf(partOf(write), [write.Update?.UpdateExpression, partOf(write).ConditionExpression]);
}

/** Whether the condition holds for the item as it is. */
export function holdsFor(write: Write, item: Attributes | undefined): boolean {
  const { ConditionExpression } = partOf(write);
  return ConditionExpression === undefined || conditionOf(ConditionExpression)(item ?? {}, given(write));
}

/** The item as the write leaves it. */
export function afterWrite(write: Write, item: Attributes | undefined): Attributes {
  const { Put, Update } = write;
  if (Put !== undefined) {
    return withoutUndefined(Put.Item ?? {});
  }
  const before = item ?? { ...placeOf(write).key };
  return withoutUndefined(updateOf(Update?.UpdateExpression ?? "")(before, given(write)));
}

/** As the document client writes it. */
function withoutUndefined(item: Attributes): Attributes {
  return Object.values(item).includes(undefined)
    ? Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined))
    : item;
}
