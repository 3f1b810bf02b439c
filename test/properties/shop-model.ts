/**
 * What the service is to answer, in the smallest form that has all of it: the levels of two SKUs at two locations,
 * and a few carts. It shares no code with the service. Shelves and carts are named by their index, so that a list
 * of commands stays one when some of them are left out.
 */

/** Two SKUs at two locations. */
export const shelves = [
  { sku: 0, location: 0 },
  { sku: 0, location: 1 },
  { sku: 1, location: 0 },
  { sku: 1, location: 1 },
] as const;

const skuOf = (shelf: number): number | undefined => shelves[shelf]?.sku;

/** Units of one shelf. */
export interface Units {
  readonly shelf: number;
  readonly quantity: number;
}
export interface ShippedPart extends Units {
  /** The SKU's units are sent from wherever they are promised. */
  readonly isFromAnywhere: boolean;
}
export interface ReturnedPart extends Units {
  readonly disposition: "restock" | "damaged" | "qualityControl";
}

/** `seen`: the revision that the caller saw, as If-Match; null when he does not mind. */
export type Command =
  | {
      readonly kind: "adjust";
      readonly changes: readonly { readonly shelf: number; readonly delta: number }[];
      readonly force: boolean;
    }
  | { readonly kind: "reserve"; readonly cart: number; readonly lines: readonly Units[] }
  | {
      readonly kind: "rearrange";
      readonly cart: number;
      readonly lines: readonly Units[];
      readonly seen: number | null;
    }
  | { readonly kind: "extend"; readonly cart: number }
  | { readonly kind: "commit"; readonly cart: number; readonly order: number; readonly seen: number | null }
  | { readonly kind: "release"; readonly cart: number }
  /** Without parts: all of it. */
  | { readonly kind: "fulfil"; readonly cart: number; readonly parts: readonly ShippedPart[] | null }
  | { readonly kind: "return"; readonly cart: number; readonly parts: readonly ReturnedPart[] };

type OfCart = Exclude<Command, { readonly kind: "adjust" }>;

export interface Level {
  readonly onHand: number;
  readonly reserved: number;
  readonly damaged: number;
  readonly qualityControl: number;
  /** +1 with every write. */
  readonly version: number;
}

interface Line extends Units {
  readonly allocated: number;
  readonly fulfilled: number;
  readonly returned: number;
}

type Status = "held" | "committed" | "fulfilled" | "released";

interface Cart {
  readonly status: Status;
  readonly revision: number;
  readonly order: number | null;
  /** What it was made with. */
  readonly request: readonly Units[];
  readonly lines: readonly Line[];
}

export interface Shop {
  readonly levels: readonly Level[];
  /** Undefined for one that was never made. */
  readonly carts: readonly (Cart | undefined)[];
}

/** A cart as every answer tells it. */
export interface CartView {
  readonly status: string;
  readonly revision: number;
  readonly order: number | null;
  readonly lines: readonly (Line & { readonly released: number })[];
}

export type Answer =
  | { readonly status: number; readonly deltas: readonly number[] }
  | { readonly status: number; readonly cart: CartView }
  | {
      readonly status: number;
      readonly code: string;
      readonly cartStatus?: string;
      readonly revision?: number;
      /** In the order of the shelves. */
      readonly errors?: readonly {
        readonly shelf: number;
        readonly available: number;
        readonly requested?: number;
        readonly delta?: number;
      }[];
    };

export interface Step {
  readonly shop: Shop;
  readonly answer: Answer;
}

export function openShop(onHand: readonly number[], carts: number): Shop {
  return {
    levels: onHand.map((units) => ({ onHand: units, reserved: 0, damaged: 0, qualityControl: 0, version: 1 })),
    carts: Array.from({ length: carts }, () => undefined),
  };
}

export function sellableOf({ onHand, reserved, damaged, qualityControl }: Level): number {
  return onHand - reserved - damaged - qualityControl;
}

export function viewOf({ status, revision, order, lines }: Cart): CartView {
  const isOpen = status === "held" || status === "committed";
  return {
    status,
    revision,
    order,
    lines: lines.map((line) => ({ ...line, released: isOpen ? 0 : line.quantity - line.fulfilled })),
  };
}

/** What a command does to the shop, and what its caller is told. */
export function step(shop: Shop, command: Command): Step {
  if (command.kind === "adjust") {
    return adjust(shop, command);
  }
  const cart = shop.carts[command.cart];
  if (command.kind === "reserve") {
    return cart === undefined ? reserve(shop, command) : reserveAgain(shop, cart, command);
  }
  if (cart === undefined) {
    return { shop, answer: { status: 404, code: "not_found" } };
  }
  switch (command.kind) {
    case "rearrange":
      return rearrange(shop, cart, command);
    case "extend":
      return cart.status === "held" ? unchanged(shop, cart) : wrongStatus(shop, cart);
    case "commit":
      return commit(shop, cart, command);
    case "release":
      return release(shop, cart, command);
    case "fulfil":
      return fulfil(shop, cart, command);
    case "return":
      return takeBack(shop, cart, command);
  }
}

type Change = Partial<Pick<Level, "onHand" | "reserved" | "damaged" | "qualityControl">>;

/** Every level with a change is written once; one without is not. */
function changed({ levels, carts }: Shop, changes: ReadonlyMap<number, Change>): Shop {
  return {
    carts,
    levels: levels.map((level, shelf) => {
      const change = changes.get(shelf);
      return change === undefined
        ? level
        : {
            onHand: level.onHand + (change.onHand ?? 0),
            reserved: level.reserved + (change.reserved ?? 0),
            damaged: level.damaged + (change.damaged ?? 0),
            qualityControl: level.qualityControl + (change.qualityControl ?? 0),
            version: level.version + 1,
          };
    }),
  };
}

function withCart(shop: Shop, index: number, cart: Cart, status = 200): Step {
  const carts = shop.carts.map((each, at) => (at === index ? cart : each));
  return { shop: { ...shop, carts }, answer: { status, cart: viewOf(cart) } };
}

function unchanged(shop: Shop, cart: Cart): Step {
  return { shop, answer: { status: 200, cart: viewOf(cart) } };
}

function wrongStatus(shop: Shop, { status }: Cart): Step {
  return { shop, answer: { status: 409, code: "invalid_transition", cartStatus: status } };
}

function isStale({ revision }: Cart, seen: number | null): boolean {
  return seen !== null && seen !== revision;
}

function stale(shop: Shop, { revision }: Cart): Step {
  return { shop, answer: { status: 412, code: "version_conflict", revision } };
}

function levelAt({ levels }: Shop, shelf: number): Level {
  const level = levels[shelf];
  if (level === undefined) {
    throw new Error(`There is no shelf ${shelf}.`);
  }
  return level;
}

const sameUnits = (one: readonly Units[], other: readonly Units[]): boolean =>
  one.length === other.length &&
  one.every(({ shelf, quantity }, index) => shelf === other[index]?.shelf && quantity === other[index]?.quantity);

const inOrder = <T extends { readonly shelf: number }>(found: readonly T[]): readonly T[] =>
  [...found].sort((a, b) => a.shelf - b.shelf);

/** All changes or none. */
function adjust(shop: Shop, { changes, force }: Extract<Command, { kind: "adjust" }>): Step {
  const errors = changes.flatMap(({ shelf, delta }) => {
    const level = levelAt(shop, shelf);
    if (level.onHand + delta < 0) {
      return [{ shelf, delta, available: level.onHand }];
    }
    const sellable = sellableOf(level);
    return !force && delta < 0 && sellable + delta < 0 ? [{ shelf, delta, available: Math.max(0, sellable) }] : [];
  });
  return errors.length > 0
    ? { shop, answer: { status: 409, code: "would_oversell", errors: inOrder(errors) } }
    : {
        shop: changed(shop, new Map(changes.map(({ shelf, delta }) => [shelf, { onHand: delta }]))),
        answer: { status: 200, deltas: changes.map(({ delta }) => delta) },
      };
}

/** Takes what the lines want beyond what the cart has, and gives back the rest; or says which lines are short. */
function take(shop: Shop, before: readonly Line[], lines: readonly Units[]): Shop | Answer {
  const changes = new Map<number, Change>(before.map(({ shelf, allocated }) => [shelf, { reserved: -allocated }]));
  const errors = lines.flatMap(({ shelf, quantity }) => {
    const own = before.find((line) => line.shelf === shelf)?.allocated ?? 0;
    if (quantity === own) {
      changes.delete(shelf);
      return [];
    }
    changes.set(shelf, { reserved: quantity - own });
    const free = Math.max(0, sellableOf(levelAt(shop, shelf)));
    return quantity - own > free ? [{ shelf, requested: quantity, available: own + free }] : [];
  });
  return errors.length > 0
    ? { status: 409, code: "insufficient_stock", errors: inOrder(errors) }
    : changed(shop, changes);
}

const untouched = ({ shelf, quantity }: Units): Line => ({
  shelf,
  quantity,
  allocated: quantity,
  fulfilled: 0,
  returned: 0,
});

function reserve(shop: Shop, { cart, lines }: Extract<OfCart, { kind: "reserve" }>): Step {
  const taken = take(shop, [], lines);
  return "status" in taken
    ? { shop, answer: taken }
    : withCart(
        taken,
        cart,
        { status: "held", revision: 1, order: null, request: lines, lines: lines.map(untouched) },
        201,
      );
}

/** The same request again is answered with what became of it. */
function reserveAgain(shop: Shop, cart: Cart, { lines }: Extract<OfCart, { kind: "reserve" }>): Step {
  const isOpen = cart.status === "held" || cart.status === "committed";
  const isSame = sameUnits(cart.request, lines);
  if (isSame && (isOpen || cart.status === "fulfilled")) {
    return unchanged(shop, cart);
  }
  return {
    shop,
    answer: isOpen
      ? { status: 409, code: "reservation_exists" }
      : { status: 409, code: "reservation_ended", cartStatus: cart.status },
  };
}

function rearrange(shop: Shop, cart: Cart, command: Extract<OfCart, { kind: "rearrange" }>): Step {
  const { lines, seen } = command;
  const isSame = cart.status === "held" && sameUnits(cart.lines, lines);
  if (isSame && seen === cart.revision - 1) {
    return unchanged(shop, cart);
  }
  if (isStale(cart, seen)) {
    return stale(shop, cart);
  }
  if (cart.status !== "held") {
    return wrongStatus(shop, cart);
  }
  if (isSame) {
    return unchanged(shop, cart);
  }
  const taken = take(shop, cart.lines, lines);
  return "status" in taken
    ? { shop, answer: taken }
    : withCart(taken, command.cart, { ...cart, revision: cart.revision + 1, lines: lines.map(untouched) });
}

function commit(shop: Shop, cart: Cart, command: Extract<OfCart, { kind: "commit" }>): Step {
  if (isStale(cart, command.seen)) {
    return stale(shop, cart);
  }
  if (cart.status === "held") {
    return withCart(shop, command.cart, { ...cart, status: "committed", order: command.order });
  }
  return cart.status !== "released" && cart.order === command.order ? unchanged(shop, cart) : wrongStatus(shop, cart);
}

/** An order that has ended, of which a part was shipped and the rest given back. */
function wasCutShort({ lines }: Cart): boolean {
  return lines.some(({ quantity, fulfilled }) => fulfilled < quantity);
}

/** What was shipped stays shipped. */
function release(shop: Shop, cart: Cart, command: Extract<OfCart, { kind: "release" }>): Step {
  if (cart.status === "released") {
    return unchanged(shop, cart);
  }
  if (cart.status === "fulfilled") {
    return wasCutShort(cart) ? unchanged(shop, cart) : wrongStatus(shop, cart);
  }
  const open = cart.lines.filter(({ allocated }) => allocated > 0);
  return withCart(
    changed(shop, new Map(open.map(({ shelf, allocated }) => [shelf, { reserved: -allocated }]))),
    command.cart,
    {
      ...cart,
      status: cart.lines.some(({ fulfilled }) => fulfilled > 0) ? "fulfilled" : "released",
      lines: cart.lines.map((line) => ({ ...line, allocated: 0 })),
    },
  );
}

/** Moves so many units on the first lines that offer any; null when all of them together offer too few. */
function move(
  lines: readonly Line[],
  quantity: number,
  offer: (line: Line) => number,
  moved: (line: Line, units: number) => Line,
): readonly Line[] | null {
  let wanted = quantity;
  const after = lines.map((line) => {
    const units = Math.min(wanted, offer(line));
    wanted -= units;
    return moved(line, units);
  });
  return wanted > 0 ? null : after;
}

const ship = (line: Line, units: number): Line => ({
  ...line,
  allocated: line.allocated - units,
  fulfilled: line.fulfilled + units,
});

function fulfil(shop: Shop, cart: Cart, command: Extract<OfCart, { kind: "fulfil" }>): Step {
  const { parts } = command;
  if (cart.status === "fulfilled" && parts === null) {
    return wasCutShort(cart) ? wrongStatus(shop, cart) : unchanged(shop, cart);
  }
  if (cart.status !== "committed") {
    return wrongStatus(shop, cart);
  }
  let lines: readonly Line[] | null =
    parts === null ? cart.lines.map((line) => ship(line, line.allocated)) : cart.lines;
  for (const { shelf, quantity, isFromAnywhere } of parts ?? []) {
    const serves = (line: Line): boolean =>
      isFromAnywhere ? skuOf(line.shelf) === skuOf(shelf) : line.shelf === shelf;
    lines = lines && move(lines, quantity, (line) => (serves(line) ? line.allocated : 0), ship);
  }
  if (lines === null) {
    return wrongStatus(shop, cart);
  }
  const changes = new Map<number, { onHand: number; reserved: number }>();
  for (const [index, { shelf, fulfilled }] of lines.entries()) {
    const units = fulfilled - (cart.lines[index]?.fulfilled ?? 0);
    if (units > 0) {
      changes.set(shelf, { onHand: -units, reserved: -units });
    }
  }
  // A forced adjustment may have left less on the shelf than was promised.
  const errors = [...changes].flatMap(([shelf, { onHand }]) => {
    const available = levelAt(shop, shelf).onHand;
    return available + onHand < 0 ? [{ shelf, delta: onHand, available }] : [];
  });
  if (errors.length > 0) {
    return { shop, answer: { status: 409, code: "would_oversell", errors: inOrder(errors) } };
  }
  const status = lines.every(({ allocated }) => allocated === 0) ? "fulfilled" : "committed";
  return withCart(changed(shop, changes), command.cart, { ...cart, status, lines });
}

/** What was shipped may come back to any shelf of its SKU. */
function takeBack(shop: Shop, cart: Cart, command: Extract<OfCart, { kind: "return" }>): Step {
  let lines: readonly Line[] | null = cart.lines;
  const changes = new Map<number, Change>();
  for (const { shelf, quantity, disposition } of command.parts) {
    const offer = (line: Line): number => (skuOf(line.shelf) === skuOf(shelf) ? line.fulfilled - line.returned : 0);
    lines = lines && move(lines, quantity, offer, (line, units) => ({ ...line, returned: line.returned + units }));
    const { onHand = 0, damaged = 0, qualityControl = 0 } = changes.get(shelf) ?? {};
    changes.set(shelf, {
      onHand: onHand + quantity,
      damaged: damaged + (disposition === "damaged" ? quantity : 0),
      qualityControl: qualityControl + (disposition === "qualityControl" ? quantity : 0),
    });
  }
  return lines === null ? wrongStatus(shop, cart) : withCart(changed(shop, changes), command.cart, { ...cart, lines });
}
