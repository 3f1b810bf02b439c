/**
 * What each operation may ask of DynamoDB: the one list, which the benchmark prints beside what was measured and
 * to which the tests hold the service. Pure: every figure follows from how the operation is meant to work.
 */

/** What one run of an operation asks of DynamoDB. */
export interface Cost {
  readonly calls: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

export interface CostBudget {
  readonly title: string;
  /** Whether it is about a number of lines, each on a level of its own. */
  readonly perLine: boolean;
  of(lines: number): Cost;
}

/**
 * Bytes of a reservation's record, with ids of usual lengths (24 characters for a SKU, 12 for a location): what
 * belongs to no line, and each line. Seven lines fit into the first KB.
 */
const recordBytes = 340;
const lineBytes = { locationGiven: 94, locationChosen: 71, ended: 71, shipped: 96 } as const;

/** KB of the record, each begun one counted whole. */
function record(lines: number, line: keyof typeof lineBytes = "locationGiven"): number {
  return Math.ceil((recordBytes + lineBytes[line] * lines) / 1024);
}

/** Units of a consistent read of the record. */
function recordRead(lines: number): number {
  return Math.ceil(record(lines) / 4);
}

/** Units of a transaction over this many KB: each is written twice. A level, a marker and a guard take one at most. */
function transaction(kilobytes: number): number {
  return 2 * kilobytes;
}

function cost(calls: number, writeUnits: number, readUnits: number): Cost {
  return { calls, writeUnits, readUnits };
}

function perLine(title: string, of: (lines: number) => Cost): CostBudget {
  return { title, perLine: true, of };
}

function single(title: string, budget: Cost): CostBudget {
  return { title, perLine: false, of: () => budget };
}

/** Reading the record, then one transaction over it and its levels. */
const ending = (lines: number): Cost => cost(2, transaction(lines + record(lines)), recordRead(lines));

export const skusOfAvailability = 100;
export const kitComponents = 3;

export const costBudgets = {
  reserveGiven: perLine("reserve, locations given", (lines) => cost(1, transaction(lines + record(lines)), 0)),
  // The summaries are read in one batch, half a unit each.
  reserveChosen: perLine("reserve, the service chooses", (lines) =>
    cost(2, transaction(lines + record(lines, "locationChosen")), lines / 2),
  ),
  // A cancelled transaction is billed; it brings back the level, which says why.
  reserveRefused: perLine("reserve, refused for want of one line", (lines) =>
    cost(1, transaction(lines + record(lines)), 0),
  ),
  // The blind try meets a level that is short, and is billed; then level, record and place in the queue are written.
  reserveBackordered: single("reserve, backordered", cost(2, transaction(2) + transaction(3), 0)),
  // The same, with the customer's counter; the blind try meets the limit.
  reserveLimited: single("reserve, with a purchase limit", cost(2, transaction(2) + transaction(3), 0)),
  // The summary says that it is a kit: then the kit and each of its components are read, and their levels written.
  reserveKit: single(
    `reserve a kit of ${kitComponents}`,
    cost(3 + kitComponents, transaction(kitComponents + 1), 1.5 + kitComponents),
  ),
  // One more item: the customer's open holds.
  reserveCounted: single("reserve, with a limit on open holds", cost(1, transaction(3), 0)),
  // A cell is a level like any other.
  reserveHot: single("reserve a hot SKU from its home cell", cost(1, transaction(2), 0)),
  reserveSoldOut: single("reserve a hot SKU that is sold out, known", cost(0, 0, 0)),
  // Once a second the level and the word of others are read anew.
  reserveSoldOutRead: single("reserve a hot SKU that is sold out, read", cost(2, 0, 1.5)),
  // The record is read; then its levels that change are written with it.
  rearrange: perLine("change one line of a cart", (lines) =>
    cost(2, transaction(1 + record(lines)), recordRead(lines)),
  ),
  commit: perLine("commit", (lines) => cost(1, record(lines), 0)),
  // The blind commit meets the expired record, and is billed; then all is taken in one transaction with it.
  lateCommit: perLine("late commit, takes the stock again", (lines) =>
    cost(2, record(lines, "ended") + transaction(lines + record(lines)), 0),
  ),
  extend: perLine("extend", (lines) => cost(1, record(lines), 0)),
  read: perLine("read a reservation", (lines) => cost(1, 0, recordRead(lines))),
  release: perLine("release", ending),
  expire: perLine("expire at the deadline", ending),
  // The deleted record comes with the queue; a guard makes it happen once.
  expireDeleted: perLine("expire after a TTL deletion", (lines) =>
    cost(1, transaction(lines + record(lines, "ended") + 1), 0),
  ),
  fulfil: perLine("fulfil", (lines) => cost(2, transaction(lines + record(lines, "shipped")), recordRead(lines))),
  fulfilPart: perLine("fulfil one line", (lines) => cost(2, transaction(1 + record(lines)), recordRead(lines))),
  returnUnits: single("return of one line", cost(2, transaction(2), 1)),
  // Level, head and record are read; then the three are written; then the level once more, which owes nothing now.
  allocate: single("allocation to one backorder", cost(5, transaction(3), 4)),
  // With the marker of the operation.
  adjustTogether: perLine("adjust levels, atomic", (lines) => cost(1, transaction(lines + 1), 0)),
  adjustEach: perLine("adjust levels, each for itself", (lines) => cost(lines, lines * transaction(2), 0)),
  setQuantity: single("set the quantity of a level", cost(2, transaction(2), 1)),
  // The blind change meets no level, and is billed; then item and location are read, and the level is put.
  firstReceipt: single("first receipt of a SKU at a location", cost(4, 2 * transaction(2), 2)),
  availability: single(`availability of ${skusOfAvailability} SKUs`, cost(1, 0, skusOfAvailability / 2)),
  // The item and its levels stand together: one query each.
  availabilityExact: single(
    `availability of ${skusOfAvailability} SKUs, exact`,
    cost(skusOfAvailability, 0, skusOfAvailability),
  ),
  locations: single("list of locations, every 5 s in a function", cost(1, 0, 1)),
  // The answer to an earlier request is looked for, and the new one is kept.
  idempotencyKey: single("Idempotency-Key of a 1-line reservation, on top", cost(2, 1, 1)),
  // With its entry in the index by reservation.
  movement: single("movement of one change of a level", cost(1, 2, 0)),
  summary: single("summary of one change of a level", cost(1, 1, 0)),
  // The hold has ended, or its deadline is still to come.
  deadlineOnly: single("message of a deadline that ends nothing", cost(1, 0, 1)),
  listHold: single("listing of a hold by its reference", cost(1, 1, 0)),
  listOrder: single("listing of an order by its reference and its number", cost(2, 2, 0)),
  // When the table has deleted its record.
  unlistHold: single("end of the listing of a hold", cost(1, 1, 0)),
  unlistOrder: single("end of both listings of an order", cost(2, 2, 0)),
  // What came before and after it is looked for; it is raised, and marked as published, each with its index entry. Then
  // the level is read, unless it is told at once: it may have been split since.
  alert: single("alert, raised and published", cost(7, 4, 5)),
} as const;

export type Operation = keyof typeof costBudgets;

export interface CostCase {
  readonly operation: Operation;
  readonly lines: number;
}

/** Every operation at each number of lines; those that are not about lines once. */
export function costCases(lineCounts: readonly number[]): readonly CostCase[] {
  return (Object.keys(costBudgets) as Operation[]).flatMap((operation) =>
    (costBudgets[operation].perLine ? lineCounts : [1]).map((lines) => ({ operation, lines })),
  );
}

/** The parts of a cost that are above the budget. */
export function excesses(consumed: Cost, budget: Cost): readonly (keyof Cost)[] {
  return (["calls", "writeUnits", "readUnits"] as const).filter((part) => consumed[part] > budget[part]);
}
