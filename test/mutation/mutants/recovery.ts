/** Rules of what operators do: restores, views made anew, items in other forms. */
import type { Mutant } from "../mutant.ts";

const schema = "functions/storage/schema.ts";
const writes = "functions/storage/level-writes.ts";
const forwards = "functions/changes/forwards.ts";
const movement = "functions/domain/movement.ts";
const trail = "cli/recovery/continue-trail.ts";
const summaries = "functions/storage/summaries.ts";
const restore = ["test/cli/restore.test.ts"];
const views = ["test/cli/views.test.ts"];
const migrate = ["test/cli/migrate.test.ts"];

export const recoveryMutants: readonly Mutant[] = [
  {
    file: movement,
    before: "version: newest.version + 1,",
    after: "version: version + 1,",
    breaks: "a restored level goes on behind all that the trail has of it",
    tests: restore,
  },
  {
    file: movement,
    before: "upTo = movement.restores ?? upTo;",
    after: "upTo = upTo;",
    breaks: "what a restore gave up counts no more",
    tests: ["test/domain/movement.test.ts"],
  },
  {
    file: trail,
    before: 'if (newest.type === "restored" && newest.restores === record.version) {',
    after: 'if (newest.type === "restored" && newest.restores === -1) {',
    breaks: "a restore that was broken off is taken up again",
    tests: restore,
  },
  {
    file: trail,
    before: "if (newest === null || newest.version < (givenUp?.version ?? 0)) {",
    after: "if (newest === null) {",
    breaks: "a restore waits for what is on its way to the trail",
    tests: restore,
  },
  {
    file: trail,
    before: "  return givenUp.generation;",
    after: "  return record.cells > 0 ? givenUp.generation : null;",
    breaks: "a split after a restore meets no cells that were given up",
    tests: restore,
  },
  {
    file: summaries,
    before: "if (part === null || level === null || part.version > level.version) {",
    after: "if (part === null || level === null) {",
    breaks: "a summary from the future is taken away",
    tests: views,
  },
  {
    file: "cli/views/alerts.ts",
    before: "lastWithout === -1 ? null : (trail[lastWithout + 1] ?? null)",
    after: "trail[lastWithout + 1] ?? null",
    breaks: "stock that was never there runs not low when the views are made anew",
    tests: views,
  },
  {
    file: forwards,
    before: "  if (isRewriting(change)) {",
    after: '  if (isRewriting(change) && change.kind === "cell") {',
    breaks: "an item that is rewritten in another form has no movement of it",
    tests: migrate,
  },
  {
    file: writes,
    before: "const condition = allOf([itemExists, isKnown, ...conditions]);",
    after: "const condition = allOf([itemExists, ...conditions]);",
    breaks: "a level that newer code has written is not written by older code",
    tests: migrate,
  },
  {
    file: "functions/storage/reservations.ts",
    before: "const condition = allOf([itemExists, isKnown, isHeld, ...revisionConditions(change.expectedRevision)]);",
    after: "const condition = allOf([itemExists, isHeld, ...revisionConditions(change.expectedRevision)]);",
    breaks: "a reservation that newer code has written is not committed by older code",
    tests: migrate,
  },
  {
    file: schema,
    before: "...guard.map((attribute) => `#guard_${attribute} = :guard_${attribute}`),",
    after: "...guard.map((attribute) => `(#guard_${attribute} = :guard_${attribute} OR attribute_exists(pk))`),",
    breaks: "what changed since it was read is not rewritten",
    tests: migrate,
  },
];
