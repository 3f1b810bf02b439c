/** The records of reservations, and the commands that take stock for them and give it back. */
import type { Mutant } from "../mutant.ts";

const records = "functions/storage/reservations.ts";
const reserve = "functions/reservations/reserve-stock.ts";
const take = "functions/reservations/take-stock.ts";
const changing = "functions/reservations/change-reservation.ts";
const committing = "functions/reservations/commit-reservation.ts";
const discoveries = "functions/reservations/discoveries.ts";
const planner = "functions/reservations/stock-planner.ts";
const picture = "functions/reservations/stock-picture.ts";
const returning = "functions/reservations/return-units.ts";
const lifeCycle = "functions/domain/life-cycle.ts";
const retention = "functions/domain/reservation-times.ts";

export const reservationMutants: readonly Mutant[] = [
  {
    file: records,
    before: 'expression: "#status = :held",',
    after: 'expression: "attribute_exists(#status) OR #status = :held",',
    breaks: "what has ended is not committed",
  },
  {
    file: records,
    before: 'expression: "linesRevision = :seenRevision",',
    after: 'expression: "attribute_exists(linesRevision) OR linesRevision = :seenRevision",',
    breaks: "a stale payment does not commit a changed cart",
  },
  {
    file: records,
    before: 'expression: "uid = :uid AND version = :seenVersion",',
    after: 'expression: "uid = :uid OR version = :seenVersion",',
    breaks: "a record is changed from the version that was read",
  },
  {
    file: records,
    before: 'expression: "expiresAt > :now AND (createdAt >= :earliestCreation OR expiresAt >= :newDeadline)",',
    after:
      'expression: "(attribute_exists(pk) OR expiresAt > :now) AND (createdAt >= :earliestCreation OR expiresAt >= :newDeadline)",',
    breaks: "a hold is not extended past its deadline",
  },
  {
    file: records,
    before: 'expression: "expiresAt > :now AND (createdAt >= :earliestCreation OR expiresAt >= :newDeadline)",',
    after:
      'expression: "expiresAt > :now AND (attribute_exists(pk) OR createdAt >= :earliestCreation OR expiresAt >= :newDeadline)",',
    breaks: "a hold does not live longer than a day",
  },
  {
    file: records,
    before: `      Item: storedReservation(reservation, times),
      ConditionExpression: itemIsAbsent.expression,`,
    after: "      Item: storedReservation(reservation, times),",
    breaks: "an id names one reservation",
  },
  {
    file: records,
    before: "ADD version :one REMOVE #ttl",
    after: "ADD version :one, #ttl :one",
    breaks: "the table does not delete an order",
  },
  {
    file: records,
    before: '"SET expiresAt = :expiresAt, #ttl = :ttl ADD version :one"',
    after: '"SET expiresAt = :expiresAt, #ttl = if_not_exists(#ttl, :ttl) ADD version :one"',
    breaks: "the table does not delete an extended hold before its deadline",
  },
  {
    file: records,
    before: `[inventoryTable.timeToLive]: ttlSeconds },
      ConditionExpression: itemIsAbsent.expression,`,
    after: "[inventoryTable.timeToLive]: ttlSeconds },",
    breaks: "a deleted hold is given back once",
    tests: ["test/consumers/expiry.test.ts"],
    named: "its id is in use again",
  },
  {
    file: reserve,
    before: "if (existing.requestDigest !== requestDigest) {",
    after: "if (existing.requestDigest === uid) {",
    breaks: "another request under a taken id is refused",
  },
  {
    file: take,
    before: "return isUnchanged ? outcome : taking.recordRefused(record);",
    after: "return isUnchanged ? outcome : outcome;",
    breaks: "a change that was made is not told that there is no stock for it",
    tests: ["test/reservations/races.test.ts"],
    named: "the same change",
  },
  {
    file: take,
    before: "if (writes > mostActions) {",
    after: "if (writes > 2 * mostActions) {",
    breaks: "what is promised can be given back in one transaction",
    tests: ["test/reservations/carts.test.ts"],
  },
  {
    file: take,
    before: `      if (!(await budget.nextTry(written.reason))) {
        return contention;
      }
      written = await transact(client, token, parts);`,
    after: "      return contention;",
    breaks: "conflicts over stock are waited for",
  },
  {
    file: take,
    before: "return exceeded.length > 0 && !isStockShort ?",
    after: "return exceeded.length > 0 && isStockShort ?",
    breaks: "a purchase above the limit is refused",
  },
  {
    file: take,
    before: "      discoveries.noteMergedCell(key);",
    after: "",
    breaks: "a cart that rests on a merged cell can be changed",
  },
  {
    file: take,
    before: "  if (failed.has(recordLabel)) {",
    after: "  if (failed.size === 1 && failed.has(recordLabel)) {",
    breaks: "the record decides, whatever the levels say",
  },
  {
    file: changing,
    before: "reservation = image === undefined ? null : parseReservation(command.reservationId, image);",
    after: "reservation = image === undefined ? null : reservation;",
    breaks: "a change that was outrun is decided again from what is there",
  },
  {
    file: "functions/storage/retry-budget.ts",
    before: 'if (written.kind !== "contended" || !(await budget.nextTry(written.reason))) {',
    after: "if (budget !== undefined) {",
    breaks: "conflicts over a record are waited for",
  },
  {
    file: committing,
    before: "      if (!(await budget.nextTry(written.reason))) {",
    after: "      if (budget !== undefined) {",
    breaks: "a payment waits for conflicts to pass",
  },
  {
    file: committing,
    before: "      return await reacquire(services, command, decision.reservation);",
    after: '      return "commit-again";',
    breaks: "a late payment gets its stock again, or is told that it is gone",
  },
  {
    file: discoveries,
    before: "if (key.cell !== null && isMergedCell(image)) {",
    after: "if (key.cell !== null && image === undefined) {",
    breaks: "what rests on a merged cell is given back on its level",
  },
  {
    file: discoveries,
    before: "        this.noteGoneCounter(label.effect);",
    after: "",
    breaks: "the rest is given back where a counter is gone",
  },
  {
    file: planner,
    before: ".filter(({ sku, locationId }) => !this.picture.isVerified(sku, locationId));",
    after: ".filter(() => false);",
    breaks: "a refusal is proven by a consistent read",
  },
  {
    file: planner,
    before: "      if (promisedUnread.length > 0) {",
    after: "      if (promisedUnread.length > 1_000) {",
    breaks: "nothing is promised beyond the stock while units lie free elsewhere",
    tests: ["test/reservations/stale-summaries.test.ts"],
  },
  {
    file: planner,
    before: "if (this.taking.customerId === null && limited.length > 0) {",
    after: "if (limited.length > 1_000) {",
    breaks: "a limited item is sold to somebody who is counted",
  },
  {
    file: picture,
    before: "    return this.locations.get(locationId)?.active === false;",
    after: "    return this.locations.get(locationId)?.active === undefined;",
    breaks: "a location out of use takes no new reservations",
  },
  {
    file: picture,
    before: "const isForSale = settings.active && !settings.isKit;",
    after: "const isForSale = !settings.isKit;",
    breaks: "what is archived is refused, and not tried for ever",
  },
  {
    file: returning,
    before: "              missing.add(name);",
    after: "",
    breaks: "goods may come back to where the SKU never was",
  },
  {
    file: lifeCycle,
    before: `  return expectedRevision === null || expectedRevision === reservation.linesRevision
    ? null`,
    after: `  return expectedRevision === null || expectedRevision !== null
    ? null`,
    breaks: "a change for another cart than the one that was seen is refused",
  },
  {
    file: lifeCycle,
    before: "      return reservation.orderId === command.orderId\n        ?",
    after: "      return reservation.orderId !== undefined\n        ?",
    breaks: "an order has one reservation to itself",
  },
  {
    file: lifeCycle,
    before: 'return found === undefined ? "no" : found.requestDigest',
    after: 'return found !== undefined || found === undefined ? "no" : found.requestDigest',
    breaks: "the same shipment is counted once",
  },
  {
    file: lifeCycle,
    before: `  if (reservation.status !== "committed") {
    return wrongStatus(reservation, "Only a committed`,
    after: `  if (reservation.status !== "committed" && reservation.status !== "held") {
    return wrongStatus(reservation, "Only a committed`,
    breaks: "only what is paid is shipped",
  },
  {
    file: lifeCycle,
    before: `  if (reservation.expiresAtMs <= nowMs) {
    return wrongStatus(reservation, "The deadline of the hold has passed.");
  }
  if (isSame`,
    after: "  if (isSame",
    breaks: "a cart is not changed past its deadline",
  },
  {
    file: lifeCycle,
    before: '    case "held":\n    case "committed":\n      return { kind: "release", reservation };',
    after: '    case "committed":\n      return { kind: "release", reservation };\n    case "held":',
    breaks: "an abandoned cart gives its units back",
  },
  {
    file: lifeCycle,
    before: 'reservation.uid !== uid || reservation.status !== "held") {',
    after: 'reservation.status !== "held") {',
    breaks: "a message about an earlier incarnation ends no later one",
    tests: ["test/consumers/expiry.test.ts"],
  },
  {
    file: lifeCycle,
    before: "  return reservation.expiresAtMs > nowMs\n    ?",
    after: "  return reservation.expiresAtMs > nowMs + 60_000\n    ?",
    breaks: "a hold keeps its units until its deadline",
  },
  {
    file: retention,
    before: "  return Math.ceil(expiresAtMs / 1000) + expiryGraceSeconds;",
    after: "  return Math.ceil(expiresAtMs / 1000) - expiryGraceSeconds;",
    breaks: "the table deletes no hold before its deadline",
  },
  {
    file: retention,
    before: '    case "committed":\n      return null;',
    after: '    case "committed":\n      return Math.ceil(reservation.expiresAtMs / 1000) + expiryGraceSeconds;',
    breaks: "the table deletes no order that is changed",
  },
  {
    file: "functions/reservations/hot-levels.ts",
    before: "marker.generation !== hot.level.generation",
    after: "marker.generation < 0",
    breaks: "a level is not sold out because an earlier split of it was",
    tests: ["test/reservations/cells.test.ts"],
    named: "by what was found of the split before",
  },
];
