/** The backorder queues, and the allocator that serves them. */
import type { Mutant } from "../mutant.ts";

const queue = "functions/storage/backorders.ts";
const allocator = "functions/backorders/allocate-backorders.ts";
const rules = "functions/domain/backorder.ts";
const keys = "functions/storage/keys.ts";
const line = "functions/domain/line.ts";

export const backorderMutants: readonly Mutant[] = [
  {
    file: queue,
    before: "  return after === 0\n",
    after: "  return after < 0\n",
    breaks: "who has been served leaves the queue",
  },
  {
    file: queue,
    before: 'ConditionExpression: "attribute_not_exists(pk) OR uid <> :uid",',
    after: 'ConditionExpression: "attribute_not_exists(pk) OR attribute_exists(uid) OR uid <> :uid",',
    breaks: "a record that was put back keeps its place",
    tests: ["test/reservations/races.test.ts"],
    named: "the return of a record that was deleted",
  },
  {
    file: keys,
    before: "sk: `${sortable(promisedAtMs)}#${reservationId}`,",
    after: "sk: `${sortable(9_007_199_254_740_991 - promisedAtMs)}#${reservationId}`,",
    breaks: "the oldest promise is served first",
  },
  {
    file: allocator,
    before: "const quantity = Math.min(head.quantity, available);",
    after: "const quantity = head.quantity;",
    breaks: "the head is served partly if need be",
  },
  {
    file: allocator,
    before: "conditions: ({ allocated }) => [unitsAreAvailable(allocated), isOnSale(nowMs)],",
    after: "conditions: () => [isOnSale(nowMs)],",
    breaks: "nobody is given units that were taken away meanwhile",
  },
  {
    file: allocator,
    before: "      if (availableFrom === null || availableFrom !== level.settings.availableFrom) {",
    after: "      if (availableFrom !== undefined) {",
    breaks: "a preorder's queue is served from its day on",
    tests: ["test/reservations/backorders.test.ts"],
    named: "is sold against its headroom only",
  },
  {
    file: allocator,
    before: "    if (!owesQueue(level, nowMs)) {",
    after: "    if (owesQueue(level, nowMs)) {",
    breaks: "stock goes to those who wait",
  },
  {
    file: allocator,
    before: "  await wait({ body: bodyOf(message), delaySeconds: 0 });\n  return doneWith;\n}",
    after: "  return doneWith;\n}",
    breaks: "a queue is served to its end, however many wait",
    tests: ["test/reservations/backorders.test.ts"],
  },
  {
    file: rules,
    before: "return figures.available > 0 && figures.backordered > 0 && !isPreorder(settings, nowMs);",
    after: "return figures.available > 1 && figures.backordered > 0 && !isPreorder(settings, nowMs);",
    breaks: "the last unit goes to those who wait",
  },
  {
    file: rules,
    before: "const taken = Math.min(place.quantity, left);",
    after: "const taken = place.quantity;",
    breaks: "what is given is what is counted",
  },
  {
    file: rules,
    before: "leg.locationId !== locationId || leg.cell !== null) {",
    after: "leg.cell !== null) {",
    breaks: "units go to who waits at their level",
  },
  {
    file: line,
    before: "    .sort((a, b) => a.promisedAtMs - b.promisedAtMs);",
    after: "    .sort((a, b) => b.promisedAtMs - a.promisedAtMs);",
    breaks: "who wants less gives back the newest promise",
    tests: ["test/domain/line.test.ts"],
  },
];
