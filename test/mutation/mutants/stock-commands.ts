/** Adjustments, settings of levels, and the splitting and merging of levels. */
import type { Mutant } from "../mutant.ts";

const markers = "functions/storage/operations.ts";
const adjust = "functions/stock/adjust-stock.ts";
const plan = "functions/stock/plan-adjustment.ts";
const configure = "functions/stock/configure-level.ts";
const split = "functions/stock/split-level.ts";
const cells = "functions/storage/cells.ts";
const hot = "functions/reservations/hot-levels.ts";
const rules = "functions/domain/adjustment.ts";
const cellRules = "functions/domain/cells.ts";

export const stockCommandMutants: readonly Mutant[] = [
  {
    file: markers,
    before: 'ConditionExpression: "attribute_not_exists(pk) OR #ttl <= :now",',
    after: 'ConditionExpression: "attribute_not_exists(pk) OR #ttl <= :now OR attribute_exists(pk)",',
    breaks: "an adjustment is made once",
  },
  {
    file: markers,
    before: 'ConditionExpression: "attribute_not_exists(pk) OR #ttl <= :now",',
    after: 'ConditionExpression: "attribute_not_exists(pk) OR #ttl > :now AND #ttl <= :now",',
    breaks: "a key that is past its time may be used again",
    tests: ["test/storage/contract.test.ts"],
  },
  {
    file: markers,
    before: "...inventoryKeys.operation(operation.digest, operation.index),",
    after: "...inventoryKeys.operation(operation.digest, 0),",
    breaks: "each change of a request is made",
  },
  {
    file: adjust,
    before: "return before === null ? refused(mergeRefusals(first, others)) : answerAgain(before, command);",
    after:
      "return before === null || before !== null ? refused(mergeRefusals(first, others)) : answerAgain(before, command);",
    breaks: "an adjustment that was made is not refused when it is sent again",
    tests: ["test/stock/adjust-stock.test.ts"],
  },
  {
    file: adjust,
    before: "return before.requestDigest === requestDigest ?",
    after: 'return before.requestDigest !== "" ?',
    breaks: "a key is used for one request",
    tests: ["test/stock/adjust-stock.test.ts"],
  },
  {
    file: plan,
    before: "conditions.push(adjustments.some(({ force }) => !force) ? stockIsFree(taken) : isNotSplitOrHas(taken));",
    after: "conditions.push(isNotSplitOrHas(taken));",
    breaks: "nothing that is promised is taken away without force",
  },
  {
    file: plan,
    before: "conditions.push(adjustments.some(({ force }) => !force) ? stockIsFree(taken) : isNotSplitOrHas(taken));",
    after: "conditions.push(...(adjustments.some(({ force }) => !force) ? [stockIsFree(taken)] : []));",
    breaks: "of a split level only units that are in no cell are taken by force",
  },
  {
    file: plan,
    before: "    return sum < 0 ? [unitsAreThere(state, -sum)] : [];",
    after: "    return sum > 0 ? [unitsAreThere(state, 0)] : [];",
    breaks: "no more leaves a state than is in it",
  },
  {
    file: plan,
    before: "  if (adjustments.some(meetsWholeLevel)) {",
    after: "  if (adjustments.length > 1_000) {",
    breaks: "a quantity is set for a whole level",
  },
  {
    file: plan,
    before: 'const computedFrom = expected ?? (change.kind === "set" ? (figures?.[state] ?? null) : null);',
    after: "const computedFrom = expected;",
    breaks: "a quantity is set from what is there in the write",
  },
  {
    file: plan,
    before: 'const computedFrom = expected ?? (change.kind === "set" ? (figures?.[state] ?? null) : null);',
    after: 'const computedFrom = change.kind === "set" && expected === null ? (figures?.[state] ?? null) : null;',
    breaks: "a change is made to the quantity that its caller expects",
  },
  {
    file: rules,
    before: "    if (!force && takenFromBuyers(sums) > 0 && sellableLeft < 0) {",
    after: "    if (force && takenFromBuyers(sums) > 0 && sellableLeft < 0) {",
    breaks: "a decrease below what is promised is refused at once",
  },
  {
    file: configure,
    before: "      settingsRevisionIs(level.settingsRevision),\n",
    after: "",
    breaks: "a setting is changed beside the others as they are",
  },
  {
    file: cells,
    before: "[versionIs(cell.version)], {",
    after: "[], {",
    breaks: "a cell that was bought from meanwhile is not merged by its old image",
    tests: ["test/reservations/races.test.ts"],
    named: "during the merge",
  },
  {
    file: cells,
    before: 'return image === undefined || image["merged"] === true;',
    after: "return image === undefined;",
    breaks: "a merged cell tells that its units are on the level",
  },
  {
    file: split,
    before: "const isLast = step.length === left.length;",
    after: "const isLast = step.length > 0;",
    breaks: "a level is whole when its last cells are merged",
    tests: ["test/reservations/cells.test.ts"],
    named: "half merged",
  },
  {
    file: split,
    before:
      "const isAsSeen = [isSplitInto(level.generation, level.cells), ...(moved > 0 ? [stockIsFree(moved)] : [])];",
    after: "const isAsSeen = moved > 0 ? [stockIsFree(moved)] : [];",
    breaks: "no cells are made of a level that was merged meanwhile",
  },
  {
    file: split,
    before: "  const isHalfMerged = cells.some(({ isMerged }) => isMerged);",
    after: "  const isHalfMerged = cells.length > 2_000;",
    breaks: "what is half merged is merged first",
    tests: ["test/reservations/cells.test.ts"],
    named: "half merged",
  },
  {
    file: split,
    before: "  if (isHalfMerged || (cells.length < level.cells && (await isOldSplit(services, level)))) {",
    after: "  if (isHalfMerged) {",
    breaks: "a cell that was merged and deleted is not made again",
    tests: ["test/reservations/cells.test.ts"],
    named: "so long ago",
  },
  {
    file: split,
    before: '{ onHand: sum("onHand"), reserved: sum("reserved") },',
    after: '{ onHand: sum("onHand") },',
    breaks: "promises go where their units go",
  },
  {
    file: hot,
    before: "for (let reading = 0; reading < 2; reading += 1) {",
    after: "for (let reading = 0; reading < 1; reading += 1) {",
    breaks: "a split level is sold out when two readings in a row say so",
  },
  {
    file: hot,
    before: "const untilMs = marker.foundAtMs + freshForMs;",
    after: "const untilMs = marker.foundAtMs + 1_000 * freshForMs;",
    breaks: "a split level is sold out for a second",
  },
  {
    file: cellRules,
    before: "  return wanted > 0 ? null : takes;",
    after: "  return wanted > 1 ? null : takes;",
    breaks: "cells give exactly what is wanted",
    tests: ["test/domain/cells.test.ts"],
  },
];
