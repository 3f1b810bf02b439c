/** What is tried again, for how long, and what is never taken for something else. */
import type { Mutant } from "../mutant.ts";

const transaction = "functions/storage/transaction.ts";
const budget = "functions/storage/retry-budget.ts";
const batch = "functions/storage/batch-get.ts";
const answers = "functions/http/idempotency.ts";

const outlasting = ["test/consumers/contention.test.ts"];

export const contentionMutants: readonly Mutant[] = [
  {
    file: transaction,
    before: "if (contended.length > 0) {",
    after: "if (contended.length > 0 && failed.size === 0) {",
    breaks: "a failed condition beside a conflict proves nothing",
    tests: ["test/storage/cancellation.test.ts"],
  },
  ...["functions/expiry/expire-reservation.ts", "functions/expiry/release-expired.ts"].map(
    (file): Mutant => ({
      file,
      before: 'return { kind: "retry", reason: "Contention lasted past the time budget." };',
      after: "return done;",
      breaks: "a hold is ended though contention outlasts a consumer's time",
      tests: outlasting,
    }),
  ),
  {
    file: "functions/backorders/allocate-backorders.ts",
    before: 'return { kind: "retry", reason: "Contention lasted past the time budget." };',
    after: "return doneWith;",
    breaks: "who waits is served though contention outlasts a consumer's time",
    tests: outlasting,
  },
  {
    file: "functions/catalogue/apply-settings.ts",
    before: 'return { kind: isComplete ? "applied" : "incomplete" };',
    after: 'return { kind: "applied" };',
    breaks: "settings reach their levels though contention outlasts a consumer's time",
    tests: outlasting,
  },
  {
    file: "functions/storage/answers.ts",
    before: "attribute_not_exists(pk) OR #ttl <= :now",
    after: "#ttl <= :now OR attribute_exists(pk) OR attribute_not_exists(pk)",
    breaks: "the first answer is the one that is given again",
    tests: ["test/storage/answers.test.ts"],
  },
  {
    file: "functions/storage/answers.ts",
    before: "attribute_not_exists(pk) OR #ttl <= :now",
    after: "attribute_not_exists(pk) OR #ttl < #ttl OR :now < :now",
    breaks: "an answer that is past its time gives way to a new one, though the table has not deleted it",
    tests: ["test/storage/answers.test.ts"],
  },
  {
    file: transaction,
    before: "error instanceof TransactionConflictException || error instanceof TransactionInProgressException",
    after: "error instanceof TransactionInProgressException",
    breaks: "a plain write that meets a transaction is tried again",
  },
  {
    file: transaction,
    before: '  ["TransactionConflict", "conflict"],\n',
    after: "",
    breaks: "a transaction that meets another one is tried again",
  },
  {
    file: transaction,
    before: '  ["ThrottlingError", "throttled"],\n',
    after: "",
    breaks: "a transaction that is throttled is tried again",
  },
  {
    file: transaction,
    before: '  ["ProvisionedThroughputExceeded", "throttled"],\n',
    after: "",
    breaks: "a transaction that meets a busy partition is tried again",
  },
  {
    file: transaction,
    before: "new TransactWriteCommand({ ClientRequestToken: token, TransactItems",
    after: "new TransactWriteCommand({ TransactItems",
    breaks: "a transaction that is sent again is applied once",
    tests: ["test/storage/contract.test.ts"],
  },
  {
    file: transaction,
    before: "(isThrottlingError(failure) || isTransientError(failure) || isServerError(failure))",
    after: "(isThrottlingError(failure) || isServerError(failure))",
    breaks: "a lost answer is no failure",
  },
  {
    file: budget,
    before: "this.tries > mostTries || runtime.now() + waitMs >= this.endsAtMs",
    after: "this.tries > mostTries",
    breaks: "a request ends within its time",
    tests: ["test/storage/retry-budget.test.ts"],
  },
  {
    file: budget,
    before: "return this.tries <= mostTries && this.services.runtime.now() < this.endsAtMs;",
    after: "return this.tries <= 1 && this.services.runtime.now() < this.endsAtMs;",
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
];
