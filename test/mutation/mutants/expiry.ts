/** The end of holds, and what becomes of records that the table deleted. */
import type { Mutant } from "../mutant.ts";

const deleted = "functions/expiry/release-deleted.ts";
const deadline = "functions/expiry/expire-reservation.ts";

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
    before: 'written.failed.has(guard.label) || written.failed.get(recordLabel)?.["uid"] === hold.uid',
    after: "written.failed.has(guard.label)",
    breaks: "a record that was put back is not given back by its old image",
    tests: ["test/consumers/expiry.test.ts"],
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
    before: "      guard,\n      ...effectsOfChange",
    after: "      ...effectsOfChange",
    breaks: "a deleted hold is given back once for its incarnation",
  },
  {
    file: deadline,
    before: `      await services.wait({
        body: bodyOf(message),
        delaySeconds: delayUntil(outcome.value.untilMs, services.runtime.now()),
      });
      return done;`,
    after: "      return done;",
    breaks: "an extended hold ends at its deadline",
  },
];
