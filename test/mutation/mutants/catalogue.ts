/** Items, kits and locations, and the copies of their settings on levels. */
import type { Mutant } from "../mutant.ts";

const settings = "functions/catalogue/apply-settings.ts";
const items = "functions/storage/items.ts";
const locations = "functions/storage/locations.ts";
const putItem = "functions/catalogue/put-item.ts";
const replacement = "functions/domain/replacement.ts";

export const catalogueMutants: readonly Mutant[] = [
  {
    file: settings,
    before: "[settingsRevisionIs(level.settingsRevision)]",
    after: "[]",
    breaks: "a location's own settings survive those of its item",
  },
  {
    file: items,
    before: "const condition = before === null ? itemIsAbsent : revisionIs(before.revision);",
    after: 'const condition = before === null ? itemIsAbsent : { expression: "attribute_exists(pk)" };',
    breaks: "an item is described beside what others have described",
  },
  {
    file: items,
    before: 'expression: "attribute_exists(pk) AND attribute_not_exists(components)",',
    after: 'expression: "attribute_exists(pk)",',
    breaks: "a kit is not made of kits",
    tests: ["test/reservations/kits.test.ts"],
  },
  {
    file: items,
    before: 'expression: "attribute_not_exists(pk) OR uses = :none",',
    after: 'expression: "attribute_not_exists(pk) OR attribute_exists(uses) OR uses = :none",',
    breaks: "a component does not become a kit",
    tests: ["test/reservations/kits.test.ts"],
  },
  {
    file: locations,
    before: "const condition = seenRevision === 0 ? itemIsAbsent : revisionIs(seenRevision);",
    after: 'const condition = seenRevision === 0 ? itemIsAbsent : { expression: "attribute_exists(pk)" };',
    breaks: "a location is described beside what others have described",
  },
  {
    file: putItem,
    before: "    if (split !== undefined) {",
    after: "    if (split === null) {",
    breaks: "an item with split levels is not opened for backorders",
    tests: ["test/reservations/cells.test.ts"],
  },
  {
    file: replacement,
    before: "condition.expectedRevision !== revision;",
    after: "condition.expectedRevision === -1;",
    breaks: "a description that was changed meanwhile is not overwritten by who has not seen it",
    tests: ["test/domain/replacement.test.ts"],
  },
];
