/** What is tried again, for how long, and what is never taken for something else. */
import type { Mutant } from "../mutant.ts";

const transaction = "functions/storage/transaction.ts";
const budget = "functions/storage/retry-budget.ts";
const batch = "functions/storage/batch-get.ts";
const answers = "functions/http/idempotency.ts";
const kept = "functions/storage/answers.ts";

export const contentionMutants: readonly Mutant[] = [
  {
    file: transaction,
    before: "error instanceof TransactionConflictException || error instanceof TransactionInProgressException",
    after: "error instanceof TransactionConflictException",
    breaks: "a write that is still under way is waited for",
  },
  {
    file: transaction,
    before: "error instanceof TransactionConflictException || error instanceof TransactionInProgressException",
    after: "error instanceof TransactionInProgressException",
    breaks: "a plain write that meets a transaction is tried again",
  },
  {
    file: transaction,
    before: '  "TransactionConflict",\n',
    after: "",
    breaks: "a transaction that meets another one is tried again",
  },
  {
    file: transaction,
    before: '  "ThrottlingError",\n',
    after: "",
    breaks: "a transaction that is throttled is tried again",
  },
  {
    file: transaction,
    before: '  "ProvisionedThroughputExceeded",\n',
    after: "",
    breaks: "a transaction that meets a busy partition is tried again",
  },
  {
    file: transaction,
    before:
      '  if (contended.length > 0) {\n    return { kind: "contended", at: contended };\n  }\n  if (failed.size > 0) {',
    after:
      '  if (failed.size === 0 && contended.length > 0) {\n    return { kind: "contended", at: contended };\n  }\n  if (failed.size > 0) {',
    breaks: "what was evaluated beside a conflict tells nothing",
  },
  {
    file: transaction,
    before: "new TransactWriteCommand({ ClientRequestToken: token, TransactItems",
    after: "new TransactWriteCommand({ TransactItems",
    breaks: "a transaction that is sent again is applied once",
  },
  {
    file: transaction,
    before: "(isThrottlingError(failure) || isTransientError(failure) || isServerError(failure))",
    after: "(isThrottlingError(failure) || isServerError(failure))",
    breaks: "a lost answer is no failure",
  },
  {
    file: budget,
    before: "this.tries > mostTries || this.runtime.now() + waitMs >= this.endsAtMs",
    after: "this.tries > mostTries",
    breaks: "a request ends within its time",
  },
  {
    file: budget,
    before: "return this.tries <= mostTries && this.runtime.now() < this.endsAtMs;",
    after: "return this.tries <= 1 && this.runtime.now() < this.endsAtMs;",
    breaks: "a plan that was outrun is made anew",
  },
  {
    file: batch,
    before: "wanted = UnprocessedKeys?.[table]?.Keys ?? [];",
    after: "wanted = UnprocessedKeys?.[table]?.Keys?.slice(0, 0) ?? [];",
    breaks: "keys that were not read are asked for again",
  },
  {
    file: answers,
    before: "earlier.bodyDigest === bodyDigest ?",
    after: 'earlier.bodyDigest !== "" ?',
    breaks: "a key is not used for another body",
    tests: ["test/http/idempotency.test.ts"],
  },
  {
    file: answers,
    before: '  if (outcome.kind !== "done") {\n    return outcome;\n  }',
    after: '  if (outcome.kind === "contention") {\n    return outcome;\n  }',
    breaks: "a refusal is not remembered",
    tests: ["test/http/idempotency.test.ts"],
  },
  {
    file: kept,
    before: 'ConditionExpression: "attribute_not_exists(pk) OR #ttl <= :now",',
    after: 'ConditionExpression: "attribute_not_exists(pk) OR #ttl <= :now OR attribute_exists(pk)",',
    breaks: "the first answer is given to both of two equal requests",
    tests: ["test/storage/contract.test.ts"],
  },
];
