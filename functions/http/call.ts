/** The types that tie code and schemas together: a parsed call goes in, an answer of the declared shape comes out. */
import type * as z from "zod/mini";
import type { ApiFunction, OperationId, routes } from "../contract/routes.ts";
import type { Outcome } from "../domain/refusal.ts";
import type { answerSchemas, SuccessStatus } from "./schemas/answers.ts";
import type { requestSchemas } from "./schemas/requests.ts";

type Requests = typeof requestSchemas;
type Answers = typeof answerSchemas;

/** A part of a request as its schema gives it; an operation without such a part has no fields there. */
type Part<Op extends OperationId, Name extends "path" | "query" | "body"> = Requests[Op] extends {
  readonly [N in Name]: infer Schema;
}
  ? z.output<Schema>
  : Record<never, never>;

/** The caller's own wish that the thing to be changed is the one that was read. */
export interface Precondition {
  /** The revision that it must have (`If-Match: "3"`); null when the caller does not mind. */
  readonly expectedRevision: number | null;
  /** It must be there already (`If-Match: *`). */
  readonly mustExist: boolean;
}

export interface Caller {
  /** The token's subject in full; null on a route that needs no token. */
  readonly subject: string | null;
  /** As the audit trail keeps it: at most 64 bytes. */
  readonly actor: string;
}

export interface Call<Op extends OperationId> {
  readonly path: Part<Op, "path">;
  readonly query: Part<Op, "query">;
  readonly body: Part<Op, "body">;
  readonly precondition: Precondition;
  readonly caller: Caller;
  /** Stands for the caller, the operation, the path and the idempotency key; null when no key was sent. */
  readonly keyDigest: string | null;
  /** Digest of the body, whatever the order of its fields. */
  readonly bodyDigest: string;
  readonly requestId: string;
  /** The moment after which contention is no longer waited for. */
  readonly budgetEndsAtMs: number;
}

/** How long an answer may be kept by the caller, and how he asks whether it is still the same. */
export interface Caching {
  readonly maxAgeSeconds: number;
  /** Names this very representation; null when the caller cannot ask. */
  readonly entityTag: string | null;
}

/** An answer of one of the statuses that the operation declares. */
export type Answer<Op extends OperationId> = {
  [Status in keyof Answers[Op] & SuccessStatus]: {
    readonly status: Status;
    readonly body: z.output<Answers[Op][Status]>;
    /** The `ETag` of what may be changed with `If-Match`. */
    readonly revision?: number;
    /** Where the thing that was made is to be found. */
    readonly location?: string;
    /** Not to be kept at all unless given. */
    readonly caching?: Caching;
  };
}[keyof Answers[Op] & SuccessStatus];

export interface FieldError {
  /** Such as `body.lines[0].quantity` or `query.limit`. */
  readonly path: string;
  readonly message: string;
}

/** The request itself is wrong, in a way that only the operation could see. */
export interface Invalid {
  readonly kind: "invalid";
  readonly errors: readonly FieldError[];
}

export type RouteOutcome<T> = Outcome<T> | Invalid;

export type RouteHandler<Op extends OperationId> = (call: Call<Op>) => Promise<RouteOutcome<Answer<Op>>>;

/** The operations of one function. */
export type OperationOf<F extends ApiFunction> = {
  [Op in OperationId]: (typeof routes)[Op]["answeredBy"] extends F ? Op : never;
}[OperationId];

/** One handler for every operation of a function, and none besides. */
export type RouteHandlers<F extends ApiFunction> = { readonly [Op in OperationOf<F>]: RouteHandler<Op> };

/** The body of an operation's answer, of whatever status. */
export type AnswerBody<Op extends OperationId> = Answer<Op>["body"];
