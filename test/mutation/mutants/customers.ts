/** What is counted for each customer: purchases against a limit, and open holds. */
import type { Mutant } from "../mutant.ts";

const purchases = "functions/storage/purchases.ts";
const limit = "functions/domain/purchase-limit.ts";
const holds = "functions/reservations/open-holds.ts";
const lines = "functions/domain/line.ts";

export const customerMutants: readonly Mutant[] = [
  {
    file: purchases,
    before: 'const fits = quantity <= limit ? "attribute_not_exists(taken) OR taken <= :rest" : "taken <= :rest";',
    after: 'const fits = "attribute_not_exists(taken) OR taken <= :rest OR attribute_exists(taken)";',
    breaks: "nobody buys more than the limit, at once or bit by bit",
  },
  {
    file: purchases,
    before: 'const fits = quantity <= limit ? "attribute_not_exists(taken) OR taken <= :rest" : "taken <= :rest";',
    after: 'const fits = "attribute_not_exists(taken) OR taken <= :rest";',
    breaks: "a first purchase fits the limit by itself",
  },
  {
    file: purchases,
    before: 'ConditionExpression: "taken >= :back",',
    after: 'ConditionExpression: "attribute_not_exists(taken) OR taken >= :back",',
    breaks: "what is given back to a counter that is gone makes none",
  },
  {
    file: purchases,
    before: 'ConditionExpression: "attribute_not_exists(#open) OR size(#open) < :most",',
    after: 'ConditionExpression: "attribute_not_exists(#open) OR size(#open) < :most OR attribute_exists(#open)",',
    breaks: "a customer has no more open holds than he may have",
  },
  {
    file: holds,
    before: "[reservationId, uid].map(",
    after: "[reservationId].map(",
    breaks: "a hold that goes on under its uid is not forgotten",
    tests: ["test/reservations/limits.test.ts"],
    named: "goes on under its uid",
  },
  {
    file: holds,
    before: 'records.filter(({ status }) => status === "held")',
    after: 'records.filter(({ status }) => status !== "held")',
    breaks: "only holds that have ended are forgotten",
  },
  {
    file: holds,
    before: "if (ended.length === 0) {",
    after: "if (noted.length > 0) {",
    breaks: "holds that have ended do not count",
  },
  {
    file: limit,
    before: "if (limit === undefined || missing === 0) {",
    after: "if (limit === undefined || missing > 0) {",
    breaks: "a purchase is counted",
  },
  {
    file: lines,
    before: "counted: countedFirst(line.counted, figuresOfLine(line, false).fulfilled),",
    after: "counted: line.counted,",
    breaks: "what was not bought in the end does not count",
  },
];
