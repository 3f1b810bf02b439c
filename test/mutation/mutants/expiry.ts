/** The end of holds, and what becomes of records that the table deleted. */
import type { Mutant } from "../mutant.ts";

const deleted = "functions/expiry/release-deleted.ts";
const deadline = "functions/expiry/expire-reservation.ts";
const released = "functions/expiry/release-expired.ts";

export const expiryMutants: readonly Mutant[] = [
  {
    file: deleted,
    before: 'return reservation.status === "held" && wasDue\n    ? await giveBack',
    after: 'return reservation.status === "held"\n    ? await giveBack',
    breaks: "a hold that was deleted before its time is put back",
  },
  {
    file: deleted,
    before: 'return reservation.status === "held" && wasDue\n    ?',
    after: 'return reservation.status === "held" && !wasDue\n    ?',
    breaks: "a hold that was deleted in its time is given back",
  },
  {
    file: deleted,
    before: 'return reservation.status === "held" && wasDue\n    ?',
    after: "return wasDue || ttlSeconds === null\n    ?",
    breaks: "an order that was deleted is put back",
  },
  {
    file: deleted,
    before: `    ...queueEffects([], reservation.lines).map((effect) => ({
      label: { kind: "entry" } as const,
      part: changeOfEntry(tables.inventory, effect, reservation),
    })),`,
    after:
      '    ...queueEffects([], []).map((effect) => ({ label: { kind: "entry" } as const, part: changeOfEntry(tables.inventory, effect, reservation) })),',
    breaks: "a record that is put back has its places in the queue",
  },
  {
    file: deleted,
    before: '    if (written.failed.has(guard.label)) {\n      return done("released-before");\n    }',
    after: "",
    breaks: "a message that comes again is done with",
  },
  {
    file: deleted,
    before: `if (written.failed.get(recordLabel)?.["uid"] === hold.uid) {`,
    after: `if (written.failed.get(recordLabel)?.["uid"] === hold.reservationId) {`,
    breaks: "a record that was put back is not given back by its old image",
  },
  {
    file: deleted,
    before: "isIdTaken ||= written.failed.has(recordLabel);",
    after: "isIdTaken = false;",
    breaks: "units are given back although the id is in use again",
    tests: ["test/consumers/expiry.test.ts"],
  },
  {
    file: deleted,
    before: "      guard,\n",
    after: "",
    breaks: "a deleted hold is given back once for its incarnation",
  },
  {
    file: deleted,
    before:
      '    if (written.kind === "contended") {\n      return contention;\n    }\n    if (written.failed.has(guard.label)) {',
    after:
      '    if (written.kind === "contended") {\n      return done("released");\n    }\n    if (written.failed.has(guard.label)) {',
    breaks: "contention is not taken for success",
  },
  {
    file: released,
    before: 'return { kind: "retry", reason: "Contention lasted past the time budget." };',
    after: 'return { kind: "discard", reason: "Contention lasted past the time budget." };',
    breaks: "a deleted hold that met contention is given back later",
  },
  {
    file: deadline,
    before: `      await services.wait({
        body: JSON.stringify(message),
        delaySeconds: delayUntil(outcome.value.untilMs, services.runtime.now()),
      });
      return done;`,
    after: "      return done;",
    breaks: "an extended hold ends at its deadline",
    tests: ["test/consumers/expiry.test.ts"],
  },
];
