/** The errors of DynamoDB as its SDK throws them. */
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  IdempotentParameterMismatchException,
  InternalServerError,
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from "@aws-sdk/client-dynamodb";
import type { Attributes } from "../../../bench/expressions/values.ts";
import { type AttributeMap, marshalled } from "./marshal.ts";

const $metadata = {};

export function conditionFailed(image: Attributes | undefined): Error {
  return new ConditionalCheckFailedException({
    $metadata,
    message: "The conditional request failed",
    ...(image === undefined ? {} : { Item: marshalled(image) as never }),
  });
}

export interface Reason {
  readonly code:
    | "None"
    | "ConditionalCheckFailed"
    | "TransactionConflict"
    | "ThrottlingError"
    | "ProvisionedThroughputExceeded";
  readonly image?: AttributeMap | undefined;
}

export function cancelled(reasons: readonly Reason[]): Error {
  return new TransactionCanceledException({
    $metadata,
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ code }) => code).join(", ")}]`,
    CancellationReasons: reasons.map(
      ({ code, image }): CancellationReason => ({
        Code: code,
        ...(image === undefined ? {} : { Item: image as never }),
      }),
    ),
  });
}

export function inConflict(): Error {
  return new TransactionConflictException({ $metadata, message: "Transaction is ongoing for the item" });
}

export function inProgress(): Error {
  return new TransactionInProgressException({
    $metadata,
    message: "The transaction with the given request token is already in progress.",
  });
}

export function tokenReused(): Error {
  return new IdempotentParameterMismatchException({
    $metadata,
    message: "Request token was used with different parameters.",
  });
}

export function throttled(): Error {
  return new ProvisionedThroughputExceededException({ $metadata, message: "The level of throughput was exceeded." });
}

export function serverFailed(): Error {
  return new InternalServerError({ $metadata: { httpStatusCode: 500 }, message: "Internal server error" });
}

export function timedOut(): Error {
  return Object.assign(new Error("The request took too long."), { name: "TimeoutError" });
}
