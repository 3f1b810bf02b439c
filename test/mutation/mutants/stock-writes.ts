/** The conditional writes of levels and cells. */
import type { Mutant } from "../mutant.ts";

const conditions = "functions/storage/level-conditions.ts";
const writes = "functions/storage/level-writes.ts";
const level = "functions/domain/level.ts";
const taking = "functions/reservations/take-conditions.ts";
const change = "functions/storage/reservation-change.ts";

export const stockWriteMutants: readonly Mutant[] = [
  {
    file: conditions,
    before: 'expression: "active = :active",',
    after: 'expression: "attribute_exists(active) OR active = :active",',
    breaks: "an archived item takes no new reservations",
  },
  {
    file: conditions,
    before: 'expression: "sellable >= :wanted",',
    after: 'expression: "attribute_exists(sellable) OR sellable >= :wanted",',
    breaks: "stock is there in the write that takes it",
  },
  {
    file: conditions,
    before: `    expression: "sellable >= :wanted",
    values: { ":wanted": quantity },`,
    after: `    expression: "sellable >= :wanted",
    values: { ":wanted": quantity - 1 },`,
    breaks: "the last unit is sold once",
  },
  {
    file: conditions,
    before: 'expression: "sellable < :whole",',
    after: 'expression: "attribute_exists(sellable) OR sellable < :whole",',
    breaks: "nobody waits for what is there",
  },
  {
    file: conditions,
    before: 'expression: "headroom >= :promisedBeyond",',
    after: 'expression: "attribute_exists(headroom) OR headroom >= :promisedBeyond",',
    breaks: "no more is promised beyond the stock than may be",
  },
  {
    file: conditions,
    before: 'expression: "attribute_not_exists(availableFrom) OR availableFrom <= :now",',
    after: 'expression: "attribute_exists(pk) OR availableFrom <= :now",',
    breaks: "a preorder's stock is not sold before its day",
  },
  {
    file: conditions,
    before: 'expression: "availableFrom > :now",',
    after: 'expression: "attribute_exists(pk) OR availableFrom > :now",',
    breaks: "what is on sale is not promised like a preorder",
    tests: ["test/reservations/races.test.ts"],
    named: "its day, which has come sooner",
  },
  {
    file: conditions,
    before: '? { expression: "attribute_not_exists(#limit)", names: { "#limit": "limit" } }',
    after: '? { expression: "attribute_exists(pk) OR attribute_not_exists(#limit)", names: { "#limit": "limit" } }',
    breaks: "purchases of a limited item are counted",
  },
  {
    file: conditions,
    before: 'expression: "reserved >= :promised",',
    after: 'expression: "attribute_exists(reserved) OR reserved >= :promised",',
    breaks: "what rested on a merged cell is given back on the level",
  },
  {
    file: conditions,
    before: 'expression: "available >= :served",',
    after: 'expression: "attribute_exists(available) OR available >= :served",',
    breaks: "nobody is given what is not there any more",
  },
  {
    file: conditions,
    before: "expression: `${state} >= :taken_${state}`,",
    after: "expression: `attribute_exists(${state}) OR ${state} >= :taken_${state}`,",
    breaks: "a shelf never holds less than nothing",
  },
  {
    file: conditions,
    before: "expression: `${state} = :expected_${state}`,",
    after: "expression: `attribute_exists(${state}) OR ${state} = :expected_${state}`,",
    breaks: "a quantity is set from the one that it was computed from",
  },
  {
    file: conditions,
    before: 'expression: "version = :seenVersion",',
    after: 'expression: "attribute_exists(version) OR version = :seenVersion",',
    breaks: "a cell is merged as it was seen",
    tests: ["test/reservations/races.test.ts"],
    named: "during the merge",
  },
  {
    file: conditions,
    before: 'expression: "generation = :generation AND cells = :cells",',
    after: 'expression: "attribute_exists(pk) OR generation = :generation AND cells = :cells",',
    breaks: "a step of a split or a merge meets the split that it was made for",
  },
  {
    file: conditions,
    before: 'expression: "headroom <= :none AND backordered = :none",',
    after: 'expression: "attribute_exists(pk) OR headroom <= :none AND backordered = :none",',
    breaks: "a level with a queue is not split",
    tests: ["test/reservations/races.test.ts"],
    named: "a promise beyond the stock: where",
  },
  {
    file: conditions,
    before: 'expression: "revision = :seenRevision",',
    after: 'expression: "attribute_exists(revision) OR revision = :seenRevision",',
    breaks: "a level's settings are changed from those that were read",
  },
  {
    file: writes,
    before: "const condition = allOf([itemExists, isKnown, ...conditions]);",
    after:
      'const condition = allOf([{ expression: "attribute_exists(pk) OR attribute_not_exists(pk)" }, ...conditions]);',
    breaks: "nothing creates a ghost",
    tests: ["test/storage/contract.test.ts"],
  },
  {
    file: writes,
    before: `      Item: storedLevel(level),
      ConditionExpression: itemIsAbsent.expression,`,
    after: `      Item: storedLevel(level),
      ConditionExpression: "attribute_exists(pk) OR attribute_not_exists(pk)",`,
    breaks: "a level is created once",
  },
  {
    file: writes,
    before: 'add("version", 1);',
    after: 'add("version", 2);',
    breaks: "versions have no gap",
  },
  {
    file: writes,
    before: 'assigned.push("headroom = :backorderLimit - backordered");',
    after: 'assigned.push("headroom = :backorderLimit - backordered + backordered");',
    breaks: "the headroom is what the limit leaves beside what is promised",
  },
  {
    file: level,
    before: 'sellable: available - delta("backordered"),',
    after: "sellable: available,",
    breaks: "what is owed to the queue is not sold",
  },
  {
    file: level,
    before: 'headroom: -delta("backordered"),',
    after: "headroom: 0,",
    breaks: "a promise uses up the headroom",
  },
  {
    file: taking,
    before: "stockIsShort(Math.max(0, allocated) + backordered)",
    after: "stockIsShort(backordered)",
    breaks: "a part that is short is measured with the part that is not",
  },
  {
    file: change,
    before: "...(allocated < 0 ? [unitsAreReserved(-allocated)] : []),",
    after: "",
    breaks: "units are given back where they are promised",
  },
  {
    file: change,
    before: '...(fulfilled > 0 ? [unitsAreThere("onHand", fulfilled)] : []),',
    after: "",
    breaks: "what is shipped is on the shelf",
  },
];
