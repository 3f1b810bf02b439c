/** Headers of the API that a page of another origin must be let use. */
export const callerHeaders = {
  sent: ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"],
  received: ["etag", "idempotent-replayed", "location", "retry-after"],
} as const;
