/** The stream's reader, and the consumers of what it forwards. */
import type { Mutant } from "../mutant.ts";

const forwards = "functions/changes/forwards.ts";
const publish = "functions/changes/publish-changes.ts";
const queue = "functions/messaging/queue.ts";
const shell = "functions/queue-consumer.ts";
const movements = "functions/storage/movements.ts";
const movement = "functions/domain/movement.ts";
const summaries = "functions/storage/summaries.ts";
const views = "functions/availability/refresh-views.ts";
const alerts = "functions/storage/alerts.ts";
const send = "functions/alerts/send-alerts.ts";
const alertRules = "functions/domain/alert.ts";
const newer = "functions/storage/write-if-newer.ts";

export const consumerMutants: readonly Mutant[] = [
  {
    file: forwards,
    before: "    ...(figures.available > 0 && figures.backordered > 0\n",
    after: "    ...(figures.available > 0 && figures.backordered > 1_000\n",
    breaks: "stock that comes in wakes those who wait",
  },
  {
    file: forwards,
    before: "    ...(isNewDay\n",
    after: "    ...(isNewDay && before !== null\n",
    breaks: "a preorder's queue is served from its day on",
  },
  {
    file: forwards,
    before: "before.uid === after.uid && before.expiresAtMs <= after.expiresAtMs;",
    after: "before.uid === after.uid;",
    breaks: "a deadline that is brought forward is honoured",
    tests: ["test/consumers/expiry.test.ts"],
  },
  {
    file: forwards,
    before: '  if (after.status !== "held") {',
    after: '  if (after.status === "held") {',
    breaks: "a new hold has a deadline",
  },
  {
    file: forwards,
    before: "        ...(change.before === null ? placesOf(change.after) : []),",
    after: "",
    breaks: "a record that was put back wakes its queues",
    tests: ["test/changes/forwards.test.ts"],
  },
  {
    file: forwards,
    before: "      return isOpen(reservation)\n",
    after: "      return !isOpen(reservation)\n",
    breaks: "a deleted hold is given back",
  },
  {
    file: forwards,
    before: "before?.settingsRevision === after.settingsRevision\n          ? []",
    after: "before?.settingsRevision === before?.settingsRevision\n          ? []",
    breaks: "settings that a crash left behind reach their levels",
  },
  {
    file: forwards,
    before: "(now.referenceId !== null && isNew) || (now.orderId !== null &&",
    after: "(now.orderId !== null &&",
    breaks: "a cart is found by its reference",
  },
  {
    file: forwards,
    before: "(now.orderId !== null && (isNew || earlier?.orderId !== now.orderId));",
    after: "(now.orderId !== null && isNew);",
    breaks: "an order is found by its number",
  },
  {
    file: publish,
    before: "const first = Math.min(...failures.keys());",
    after: "const first = Math.max(...failures.keys());",
    breaks: "the stream comes again from the first record that was not forwarded",
  },
  {
    file: publish,
    before: "          if (failure !== null) {",
    after: "          if (failure !== null && results.length === 0) {",
    breaks: "a message that a queue did not take is sent again",
  },
  {
    file: publish,
    before: "const name = `${to} ${message.delaySeconds} ${message.body}`;",
    after: "const name = message.body;",
    breaks: "each queue is told",
  },
  {
    file: publish,
    before: "const name = `${to} ${message.delaySeconds} ${message.body}`;",
    after: "const name = `${to} ${message.body}`;",
    breaks: "a deadline that is brought forward is told beside the later one",
    tests: ["test/consumers/shell.test.ts"],
  },
  {
    file: publish,
    before: "    if (!this.said.has(name)) {",
    after: '    if (name !== "") {',
    breaks: "the same thing is said once",
    tests: ["test/consumers/shell.test.ts"],
  },
  {
    file: queue,
    before: "    return new Map(Failed.map(",
    after: "    return new Map(Failed.slice(0, 0).map(",
    breaks: "messages that SQS refused are sent again",
  },
  {
    file: queue,
    before: "    return new Map(indexes.map((index) => [index, failure]));",
    after: "    return new Map(indexes.slice(0, 0).map((index) => [index, failure]));",
    breaks: "messages of a call that failed are sent again",
  },
  {
    file: queue,
    before: "return Math.min(longestDelaySeconds, Math.max(0, Math.ceil((atMs - nowMs) / 1000)));",
    after: "return Math.max(0, Math.ceil((atMs - nowMs) / 1000));",
    breaks: "a message waits no longer than a queue can",
  },
  {
    file: shell,
    before: "            throw new RetryError(ending.reason);",
    after: "            return;",
    breaks: "a message that is to come again does",
    tests: ["test/consumers/shell.test.ts"],
  },
  {
    file: shell,
    before: "        throw error;\n",
    after: "",
    breaks: "a message that failed comes again",
    tests: ["test/consumers/shell.test.ts"],
  },
  {
    file: shell,
    before: "Math.max(0, context.getRemainingTimeInMillis() - lastWordMs);",
    after: "Math.max(0, context.getRemainingTimeInMillis());",
    breaks: "a consumer has time to say which messages failed",
    tests: ["test/consumers/shell.test.ts"],
  },
  {
    file: movements,
    before: '        ConditionExpression: "attribute_not_exists(pk)",\n',
    after: "",
    breaks: "a movement is never changed",
    tests: ["test/storage/contract.test.ts"],
  },
  {
    file: movements,
    before: "    version: movement.version,\n    type: movement.type,",
    after: "    version: movement.version + (movement.cell?.index ?? 0),\n    type: movement.type,",
    breaks: "a movement stands at its version",
  },
  {
    file: movement,
    before: "    changes: differences(before?.figures ?? null, after.figures),",
    after: "    changes: differences(null, after.figures),",
    breaks: "movements give the level when they are replayed",
  },
  {
    file: summaries,
    before: 'ConditionExpression: "attribute_not_exists(#location) OR #location[0] < :version",',
    after:
      'ConditionExpression: "attribute_not_exists(#location) OR #location[0] < :version OR attribute_exists(#location)",',
    breaks: "an older summary does not replace a newer one",
  },
  {
    file: summaries,
    before: "OR (#location[0] = :version AND #location[3] < :at)",
    after: "OR (#location[0] = :version AND #location[3] > :at)",
    breaks: "a later sum of the same version replaces an earlier one",
  },
  {
    file: summaries,
    before: "attribute_not_exists(#location) OR #location[0] < :version OR (",
    after: "attribute_not_exists(#location) OR #location[0] > :version OR (",
    breaks: "an older sum does not replace a newer summary",
  },
  {
    file: summaries,
    before: "OR claimedAt <= :before OR claimedBy = :claimant",
    after: "OR claimedAt <= :before OR claimedBy = :before AND claimedBy = :claimant",
    breaks: "who claims a sum and does not hear of it, or dies, does the work",
    tests: ["test/consumers/crash.test.ts"],
  },
  {
    file: summaries,
    before: 'ConditionExpression: "attribute_not_exists(#item) OR #item.revision < :revision",',
    after:
      'ConditionExpression: "attribute_not_exists(#item) OR #item.revision < :revision OR attribute_exists(#item)",',
    breaks: "an older description does not replace a newer one in the summary",
  },
  {
    file: newer,
    before: "      return false;",
    after: "      throw error;",
    breaks: "a message that comes again is done with",
  },
  {
    file: views,
    before: "      if (message.level.version === 1) {",
    after: "      if (message.level.version === 0) {",
    breaks: "a level is listed at its location",
  },
  {
    file: alerts,
    before: 'Item: storedAlert(alert), ConditionExpression: "attribute_not_exists(pk)" }),',
    after: "Item: storedAlert(alert) }),",
    breaks: "an alert that has ended is not opened again by its own message",
  },
  {
    file: alerts,
    before: "(attribute_not_exists(resolvedBy) OR resolvedBy > :moment)",
    after: "(attribute_not_exists(resolvedBy) OR resolvedBy <= :moment)",
    breaks: "the first end behind an alert is the one that counts",
    tests: ["test/storage/contract.test.ts"],
  },
  {
    file: alerts,
    before: '  if (alert.status === "open") {\n    await resolveNeighbours',
    after: '  if (alert.status !== "open") {\n    await resolveNeighbours',
    breaks: "an alert that is told after its end is resolved",
  },
  {
    file: alerts,
    before: "  if (begun !== null) {\n    await resolve(client, table, parseAlert(begun), end);\n  }",
    after: "",
    breaks: "an end resolves the alert before it",
  },
  {
    file: send,
    before:
      "    await publish(notificationOf(known));\n    await markPublished(client, tables.views, known, runtime.now());",
    after:
      "    await markPublished(client, tables.views, known, runtime.now());\n    await publish(notificationOf(known));",
    breaks: "an alert is marked when it has been told",
  },
  {
    file: send,
    before: "  if (!published) {",
    after: '  if (!published || known.status === "resolved") {',
    breaks: "an alert is told once, as long as nothing crashes",
    tests: ["test/consumers/alerts.test.ts"],
  },
  {
    file: send,
    before: "now !== null && epochOf(now) > epochOf(then)",
    after: "now !== null && epochOf(now) < epochOf(then)",
    breaks: "an alert whose beginning is told late ends, though it ended while the level was in cells",
    tests: ["test/consumers/alerts.test.ts"],
    named: "split and merged before",
  },
  {
    file: send,
    before: "runtime.now() - then.lastChange.atMs < soonMs",
    after: "runtime.now() - then.lastChange.atMs < 0",
    breaks: "the return of stock is told by the write that brought it, when that is told next",
    tests: ["test/consumers/alerts.test.ts"],
    named: "split right after it",
  },
  {
    file: send,
    before: "if (isOpen && !published && alert.isJudged) {",
    after: "if (isOpen && !published && alert.isJudged && level.cells > 0) {",
    breaks: "what was raised at the merge of a level is told, though whoever raised it died",
    tests: ["test/consumers/crash.test.ts"],
    named: "has just been merged",
  },
  {
    file: send,
    before: "holds(condition, figures, level.settings.lowStockThreshold) === isOpen",
    after: "holds(condition, figures, level.settings.lowStockThreshold) === true",
    breaks: "a condition of a sum ends",
  },
  {
    file: alertRules,
    before: "  return cells > 0 ? 2 * generation - 1 : 2 * generation;",
    after: "  return generation;",
    breaks: "alerts of a split and of the whole level after it are in order",
  },
  {
    file: alertRules,
    before: "      return sellable <= 0;",
    after: "      return sellable < 0;",
    breaks: "an empty shelf is told",
  },
];
