/** Random commands. Any list of them can be played, and so can what is left of one when some are taken out. */
import fc from "fast-check";
import { type Command, type ReturnedPart, type ShippedPart, shelves } from "./shop-model.ts";

/** Plain objects, which print well. */
function record<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(fields, { noNullPrototype: true });
}

const shelf = fc.nat({ max: shelves.length - 1 });
const quantity = fc.integer({ min: 1, max: 3 });
/** Of what is shipped and comes back: one at a time leaves more to do. */
const few = fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) });
const disposition = fc.constantFrom<ReturnedPart["disposition"][]>("restock", "damaged", "qualityControl");
/** Mostly none, since one that is drawn is mostly wrong. */
const seen = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
);

/** One or two, each of another shelf. */
function onShelves<T extends { readonly shelf: number }>(each: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.uniqueArray(each, { minLength: 1, maxLength: 2, selector: (one) => one.shelf });
}

const lines = onShelves(record({ shelf, quantity }));
const changes = onShelves(
  record({ shelf, delta: fc.integer({ min: -3, max: 3 }).map((delta) => (delta === 0 ? 4 : delta)) }),
);
const shipped: fc.Arbitrary<ShippedPart[]> = onShelves(record({ shelf, quantity: few, isFromAnywhere: fc.boolean() }));
const returned: fc.Arbitrary<ReturnedPart[]> = onShelves(record({ shelf, quantity: few, disposition }));

const kind = <K extends Command["kind"]>(name: K): fc.Arbitrary<K> => fc.constant(name);

/** What is on hand of each shelf at the begin: little, so that it is wanting soon. */
export const firstUnits = fc.array(fc.integer({ min: 1, max: 8 }), {
  minLength: shelves.length,
  maxLength: shelves.length,
});

/** A command of a shop with so many carts. */
function commandOf(carts: number): fc.Arbitrary<Command> {
  const cart = fc.nat({ max: carts - 1 });
  return fc.oneof(
    { weight: 3, arbitrary: record({ kind: kind("adjust"), changes, force: fc.boolean() }) },
    { weight: 3, arbitrary: record({ kind: kind("reserve"), cart, lines }) },
    { weight: 4, arbitrary: record({ kind: kind("rearrange"), cart, lines, seen }) },
    { weight: 1, arbitrary: record({ kind: kind("extend"), cart }) },
    { weight: 6, arbitrary: record({ kind: kind("commit"), cart, order: fc.nat({ max: 1 }), seen }) },
    { weight: 1, arbitrary: record({ kind: kind("release"), cart }) },
    { weight: 2, arbitrary: record({ kind: kind("fulfil"), cart, parts: fc.constant(null) }) },
    { weight: 6, arbitrary: record({ kind: kind("fulfil"), cart, parts: shipped }) },
    { weight: 4, arbitrary: record({ kind: kind("return"), cart, parts: returned }) },
  );
}

/** How a list may begin: with carts that are filled, paid or shipped, since there is not much to do without them. */
export function openingOf(carts: number): fc.Arbitrary<Command[]> {
  const lives = Array.from({ length: carts }, (_, cart) =>
    record({ first: lines, steps: fc.nat({ max: 3 }) }).map(({ first, steps }) => {
      const life: Command[] = [
        { kind: "reserve", cart, lines: first },
        { kind: "commit", cart, order: 0, seen: null },
        { kind: "fulfil", cart, parts: null },
      ];
      return life.slice(0, steps);
    }),
  );
  return fc.tuple(...lives).map((each) => each.flat());
}

/** As likely long as short: by its own choice the library draws short ones. Some commands are sent twice. */
export function commandsOf(carts: number, most: number): fc.Arbitrary<Command[]> {
  const times = fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) });
  const sent = fc.tuple(commandOf(carts), times);
  return fc
    .noBias(fc.array(sent, { maxLength: most, size: "max" }))
    .map((list) => list.flatMap(([command, count]) => Array.from({ length: count }, () => command)));
}
