/**
 * Writes, and what came of them. Each part of a transaction carries a label, so that a cancellation reason
 * maps back to the part that failed and to the image that the failed condition met.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  PutCommand,
  type PutCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { isServerError, isThrottlingError, isTransientError } from "@smithy/core/retry";
import type { ContentionReason } from "../domain/observation.ts";
import type { StoredItem } from "./stored-item.ts";

/**
 * Levels, counters and queue entries that one transaction may hold beside the reservation and an operation
 * marker: DynamoDB takes 100 actions.
 */
export const mostActions = 98;

export type TransactionPart = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

export interface LabelledPart<Label> {
  readonly label: Label;
  readonly part: TransactionPart;
}

export type WriteResult<Label> =
  | { readonly kind: "written" }
  /** All conditions were evaluated, and at least one failed. Nothing was written. */
  | {
      readonly kind: "condition-failed";
      /** The image that each failed condition met; undefined where there was no item. */
      readonly failed: ReadonlyMap<Label, StoredItem | undefined>;
    }
  /**
   * A conflict, throttling or a lost answer: nothing is known of the stock, and the write may even have been
   * applied. The same write may be sent again, with the same token.
   */
  | {
      readonly kind: "contended";
      readonly reason: ContentionReason;
      /** The parts that met another transaction, or a partition without units; none when it was something else. */
      readonly at: readonly Label[];
    };

function imageOf(item: Record<string, AttributeValue> | undefined): StoredItem | undefined {
  return item === undefined || Object.keys(item).length === 0 ? undefined : unmarshall(item);
}

/** True for a failure that passes by itself, after which the same request may be sent again; anything else is a defect. */
export function isTransient(error: unknown): error is Error {
  if (isConflict(error)) {
    return true;
  }
  const failure = error as Parameters<typeof isTransientError>[0];
  return error instanceof Error && (isThrottlingError(failure) || isTransientError(failure) || isServerError(failure));
}

/** Another transaction on the same item, or the same one, is under way. */
function isConflict(error: unknown): error is Error {
  return error instanceof TransactionConflictException || error instanceof TransactionInProgressException;
}

/** Of a failure that passes by itself. */
function reasonOf(error: Error): ContentionReason {
  if (isConflict(error)) {
    return "conflict";
  }
  return isThrottlingError(error as Parameters<typeof isThrottlingError>[0]) ? "throttled" : "unanswered";
}

const contendedReasons: ReadonlyMap<string, ContentionReason> = new Map([
  ["TransactionConflict", "conflict"],
  ["ThrottlingError", "throttled"],
  ["ProvisionedThroughputExceeded", "throttled"],
]);

/**
 * Writes all parts or none. `token` belongs to one plan: the same for every resend of it, so that a resend
 * after a lost answer cannot apply it twice.
 */
export async function transact<Label>(
  client: DynamoDBDocumentClient,
  token: string,
  parts: readonly LabelledPart<Label>[],
): Promise<WriteResult<Label>> {
  try {
    await client.send(
      new TransactWriteCommand({ ClientRequestToken: token, TransactItems: parts.map(({ part }) => part) }),
    );
    return { kind: "written" };
  } catch (error) {
    if (error instanceof TransactionCanceledException) {
      return cancellation(error, parts);
    }
    if (isTransient(error)) {
      return { kind: "contended", reason: reasonOf(error), at: [] };
    }
    throw error;
  }
}

function cancellation<Label>(
  error: TransactionCanceledException,
  parts: readonly LabelledPart<Label>[],
): WriteResult<Label> {
  const failed = new Map<Label, StoredItem | undefined>();
  const contended: Label[] = [];
  let contention: ContentionReason = "throttled";
  for (const [index, reason] of (error.CancellationReasons ?? []).entries()) {
    const code = reason.Code ?? "None";
    const met = contendedReasons.get(code);
    const part = parts[index];
    if (part === undefined) {
      throw new Error("A cancellation names more parts than the transaction has.", { cause: error });
    }
    if (code === "ConditionalCheckFailed") {
      failed.set(part.label, imageOf(reason.Item));
    } else if (met !== undefined) {
      contended.push(part.label);
      contention = met === "conflict" ? met : contention;
    } else if (code !== "None") {
      throw error;
    }
  }
  // Parts are not evaluated in one instant: where one met a transaction that is under way, another may have met what
  // that transaction wrote. Only conditions that were all evaluated tell something together.
  if (contended.length > 0) {
    return { kind: "contended", reason: contention, at: contended };
  }
  if (failed.size > 0) {
    return { kind: "condition-failed", failed };
  }
  throw error;
}

export type SingleWriteResult =
  | { readonly kind: "written"; readonly image: StoredItem | undefined }
  | { readonly kind: "condition-failed"; readonly image: StoredItem | undefined }
  | { readonly kind: "contended"; readonly reason: ContentionReason };

async function single(send: () => Promise<{ Attributes?: StoredItem }>): Promise<SingleWriteResult> {
  try {
    const { Attributes } = await send();
    return { kind: "written", image: Attributes };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return { kind: "condition-failed", image: imageOf(error.Item) };
    }
    if (isTransient(error)) {
      return { kind: "contended", reason: reasonOf(error) };
    }
    throw error;
  }
}

/** One conditional update; the result carries the new image, or the image that the condition met. */
export async function updateOne(
  client: DynamoDBDocumentClient,
  input: Omit<UpdateCommandInput, "ReturnValues" | "ReturnValuesOnConditionCheckFailure">,
): Promise<SingleWriteResult> {
  return await single(
    async () =>
      await client.send(
        new UpdateCommand({ ...input, ReturnValues: "ALL_NEW", ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
      ),
  );
}

/** One conditional put; a failed condition gives the image that it met. */
export async function putOne(
  client: DynamoDBDocumentClient,
  input: Omit<PutCommandInput, "ReturnValues" | "ReturnValuesOnConditionCheckFailure">,
): Promise<SingleWriteResult> {
  return await single(
    async () => await client.send(new PutCommand({ ...input, ReturnValuesOnConditionCheckFailure: "ALL_OLD" })),
  );
}
