/**
 * Chooses the levels that a reservation rests on. The same plan is what is then conditionally written; when
 * another buyer got there first, it is made again from what the write brought back.
 */
import { type Demand, type KnownLevel, unknownQuantity } from "./demand.ts";
import { fewestPlaces } from "./fewest-places.ts";

export const allocationStrategies = ["priority", "fewest-splits", "nearest", "balance"] as const;
export type AllocationStrategy = (typeof allocationStrategies)[number];

/** A setting names one of them; any other name is a defect of the deployment. */
export function allocationStrategyOf(name: string): AllocationStrategy {
  const strategy = allocationStrategies.find((candidate) => candidate === name);
  if (strategy === undefined) {
    throw new Error(`There is no allocation strategy ${name}; there are ${allocationStrategies.join(", ")}.`);
  }
  return strategy;
}

export interface Coordinates {
  /** Degrees north. */
  readonly latitude: number;
  /** Degrees east. */
  readonly longitude: number;
}

/** How a reservation chooses its stock. */
export interface AllocationTerms {
  readonly strategy: AllocationStrategy;
  /** Where the goods go; null when it is not known. */
  readonly shipTo: Coordinates | null;
  /** False: what is not in stock is refused even where a backorder is allowed. */
  readonly mayBackorder: boolean;
}

/** How stock is chosen unless somebody says otherwise. */
export const usualTerms: AllocationTerms = { strategy: "fewest-splits", shipTo: null, mayBackorder: true };

/**
 * What is known of the levels of each SKU. A level that a demand names and that is not listed is taken to hold
 * enough: the write itself will tell.
 */
export type KnownStock = ReadonlyMap<string, readonly KnownLevel[]>;

/** What a strategy may look at, beside the stock. */
export interface Place {
  readonly priority: number;
  readonly coordinates: Coordinates | null;
}

/** Units taken from one level for one demand. */
export interface Take {
  readonly demand: Demand;
  readonly locationId: string;
  readonly allocated: number;
  readonly backordered: number;
}

export interface Shortfall {
  readonly demand: Demand;
  /** What was left for it where it may be taken from. */
  readonly available: number;
  /** What could be promised there beyond the stock. */
  readonly backorderable: number;
}

export type Allocation =
  | { readonly kind: "allocated"; readonly takes: readonly Take[] }
  /** Every demand that is short, in the order of the request. */
  | { readonly kind: "short"; readonly shortfalls: readonly Shortfall[] };

interface Left {
  free: number;
  headroom: number;
}

/** Units left at each level while demands are served one after the other. */
class Remainders {
  private readonly left = new Map<string, Map<string, Left>>();
  /** Of levels that nobody has looked at: they are no candidates of demands that name no location. */
  private readonly unseen = new Map<string, Left>();
  private readonly mayBackorder: boolean;

  constructor(stock: KnownStock, mayBackorder: boolean) {
    this.mayBackorder = mayBackorder;
    for (const [sku, levels] of stock) {
      this.left.set(sku, new Map(levels.map(({ locationId, free, headroom }) => [locationId, { free, headroom }])));
    }
  }

  at(sku: string, locationId: string): KnownLevel {
    const { free, headroom } = this.level(sku, locationId);
    return { locationId, free, headroom: this.mayBackorder ? headroom : 0 };
  }

  /** One that is not known may hold anything, but no more than a number can: a write could not name more. */
  private level(sku: string, locationId: string): Left {
    const known = this.left.get(sku)?.get(locationId);
    if (known !== undefined) {
      return known;
    }
    const name = `${sku}#${locationId}`;
    const unseen = this.unseen.get(name) ?? { free: unknownQuantity, headroom: 0 };
    this.unseen.set(name, unseen);
    return unseen;
  }

  /** The known levels of a SKU. */
  of(sku: string): readonly KnownLevel[] {
    return [...(this.left.get(sku)?.keys() ?? [])].map((locationId) => this.at(sku, locationId));
  }

  take({ demand: { sku }, locationId, allocated, backordered }: Take): void {
    const level = this.level(sku, locationId);
    level.free -= allocated;
    level.headroom -= backordered;
  }
}

/** The mean radius of the Earth (IUGG), kilometres. */
const earthRadiusKm = 6_371;

/** The great-circle distance in kilometres, by the haversine formula. */
export function distanceKm(from: Coordinates, to: Coordinates): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const [fromLatitude, toLatitude] = [radians(from.latitude), radians(to.latitude)];
  const haversine =
    Math.sin((toLatitude - fromLatitude) / 2) ** 2 +
    Math.cos(fromLatitude) * Math.cos(toLatitude) * Math.sin(radians(to.longitude - from.longitude) / 2) ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(haversine)));
}

type Preference = (a: KnownLevel, b: KnownLevel) => number;

/** Which of two levels a strategy would rather take from. */
function preferenceOf({ strategy, shipTo }: AllocationTerms, places: ReadonlyMap<string, Place>): Preference {
  const priority = ({ locationId }: KnownLevel): number => places.get(locationId)?.priority ?? Number.MAX_SAFE_INTEGER;
  const byPriority: Preference = (a, b) =>
    priority(a) - priority(b) || (a.locationId < b.locationId ? -1 : a.locationId > b.locationId ? 1 : 0);
  switch (strategy) {
    case "priority":
    case "fewest-splits":
      return byPriority;
    case "balance":
      return (a, b) => b.free - a.free || byPriority(a, b);
    case "nearest": {
      // A place of which nobody knows where it is comes last.
      const distance = ({ locationId }: KnownLevel): number => {
        const coordinates = places.get(locationId)?.coordinates ?? null;
        return shipTo === null || coordinates === null ? Number.MAX_VALUE : distanceKm(shipTo, coordinates);
      };
      return (a, b) => distance(a) - distance(b) || byPriority(a, b);
    }
  }
}

/** One level for the whole quantity if any has enough, else as many as it takes, in order of preference. */
function takeFromStock(demand: Demand, candidates: readonly KnownLevel[], quantity: number): readonly Take[] {
  const single = candidates.find(({ free }) => free >= quantity);
  if (single !== undefined) {
    return [{ demand, locationId: single.locationId, allocated: quantity, backordered: 0 }];
  }
  const takes: Take[] = [];
  let wanted = quantity;
  for (const { locationId, free } of candidates) {
    const allocated = Math.min(free, wanted);
    if (allocated > 0) {
      takes.push({ demand, locationId, allocated, backordered: 0 });
      wanted -= allocated;
    }
  }
  return takes;
}

/** Takes what there is and promises the rest at the first level that allows it; null when none does. */
function takeWithBackorder(demand: Demand, candidates: readonly KnownLevel[]): readonly Take[] | null {
  const fromStock = takeFromStock(demand, candidates, demand.quantity);
  const missing = demand.quantity - fromStock.reduce((sum, { allocated }) => sum + allocated, 0);
  if (missing === 0) {
    return fromStock;
  }
  const promising = candidates.find(({ headroom }) => headroom >= missing);
  if (promising === undefined) {
    return null;
  }
  const { locationId } = promising;
  const here = fromStock.find((take) => take.locationId === locationId);
  return [
    ...fromStock.filter((take) => take !== here),
    { demand, locationId, allocated: here?.allocated ?? 0, backordered: missing },
  ];
}

/**
 * Allocates all demands or names every short one. Those that name a location are served first, since they have
 * no choice: otherwise one that could go elsewhere might take the units that another one depends on, and the
 * request would be refused although stock was free. Apart from that an earlier demand is served first.
 * `used`: the locations from which a parcel is sent anyway, because a cart that has grown rests on them.
 */
export function allocate(
  demands: readonly Demand[],
  stock: KnownStock,
  terms: AllocationTerms,
  places: ReadonlyMap<string, Place>,
  used: readonly string[] = [],
): Allocation {
  const remainders = new Remainders(stock, terms.mayBackorder);
  const prefer = preferenceOf(terms, places);
  const taken = new Map<Demand, readonly Take[]>();
  const short = new Map<Demand, Shortfall>();

  const serve = (demand: Demand, candidates: readonly KnownLevel[]): void => {
    const takes = takeWithBackorder(demand, candidates);
    if (takes === null) {
      short.set(demand, {
        demand,
        available: candidates.reduce((sum, { free }) => sum + free, 0),
        backorderable: candidates.reduce((sum, { headroom }) => sum + headroom, 0),
      });
      return;
    }
    taken.set(demand, takes);
    for (const take of takes) {
      remainders.take(take);
    }
  };

  for (const demand of demands) {
    if (demand.locationId !== null) {
      serve(demand, [remainders.at(demand.sku, demand.locationId)]);
    }
  }
  const unplaced = demands.filter(({ locationId }) => locationId === null);
  const chosen =
    terms.strategy === "fewest-splits"
      ? fewestPlaces(
          unplaced,
          (sku) => [...remainders.of(sku)].sort(prefer),
          new Set([...used, ...[...taken.values()].flatMap((takes) => takes.map(({ locationId }) => locationId))]),
        )
      : null;
  for (const demand of unplaced) {
    const candidates = [...remainders.of(demand.sku)].sort(prefer);
    const within = chosen === null ? candidates : candidates.filter(({ locationId }) => chosen.has(locationId));
    const isEnough = within.reduce((sum, { free }) => sum + free, 0) >= demand.quantity;
    serve(demand, isEnough ? within : candidates);
  }

  return short.size > 0
    ? { kind: "short", shortfalls: demands.flatMap((demand) => short.get(demand) ?? []) }
    : { kind: "allocated", takes: demands.flatMap((demand) => taken.get(demand) ?? []) };
}
