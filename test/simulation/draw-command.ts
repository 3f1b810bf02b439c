/** Draws one command of a kind: about which SKUs, which reservation, and how much. */
import type { LevelKey } from "../../functions/domain/level.ts";
import type { RequestedLine } from "../../functions/domain/line.ts";
import { catalogue, kitSkus, locationIds, plainSkus, splitSku } from "./catalogue.ts";
import type { Command } from "./operation.ts";
import type { Random } from "./world/random.ts";

/** What a run is about, as far as it goes. */
export interface Subject {
  readonly reservationIds: readonly string[];
  readonly skus: readonly string[];
  /** Where it happens, if it is about one location. */
  readonly locationId: string | null;
  /** How far each reservation has come, if commands are to fit; null when any may be asked for anything. */
  readonly orders: LikelyStages | null;
}

type Stage = "held" | "committed" | "fulfilled" | "ended";

/** What can be asked of a reservation that has come so far. */
const fittingStages: Readonly<Partial<Record<Command["kind"], readonly Stage[]>>> = {
  rearrange: ["held"],
  commit: ["held"],
  extend: ["held"],
  release: ["held", "committed"],
  fulfil: ["committed"],
  return: ["fulfilled"],
};

/** How far reservations have come, should all that is asked for be done. */
export class LikelyStages {
  private readonly stages = new Map<string, Stage>();

  note(command: Command): void {
    switch (command.kind) {
      case "reserve":
        this.stages.set(command.reservationId, "held");
        break;
      case "commit":
        this.stages.set(command.reservationId, "committed");
        break;
      case "release":
        this.stages.set(command.reservationId, "ended");
        break;
      case "fulfil":
        if (command.line === null) {
          this.stages.set(command.reservationId, "fulfilled");
        }
        break;
    }
  }

  /** Those of which a command of this kind can be asked. */
  fitting(kind: Command["kind"], reservationIds: readonly string[]): readonly string[] {
    return reservationIds.filter((id) => fittingStages[kind]?.includes(this.stages.get(id) ?? "ended"));
  }
}

function someSku(random: Random, { skus, locationId }: Subject): string {
  return random.pick(locationId !== null || random.chance(0.65) ? skus : plainSkus);
}

function someHome(random: Random, sku: string, { locationId }: Subject): string {
  const homes: readonly string[] = catalogue[sku]?.homes ?? locationIds;
  return locationId !== null && random.chance(0.85) ? locationId : random.pick(homes);
}

function lineOf(random: Random, subject: Subject): RequestedLine {
  const sku = random.chance(0.1) ? random.pick(kitSkus) : someSku(random, subject);
  const { homes } = catalogue[sku] ?? { homes: locationIds };
  const named = homes.length > 0 && random.chance(0.55);
  return {
    sku,
    quantity: random.whole(1, random.chance(0.2) ? 7 : subject.orders === null ? 3 : 4),
    locationId: named ? someHome(random, sku, subject) : null,
  };
}

function linesOf(random: Random, subject: Subject): readonly RequestedLine[] {
  const lines = new Map<string, RequestedLine>();
  for (let count = random.whole(1, 3); count > 0; count -= 1) {
    const line = lineOf(random, subject);
    lines.set(`${line.sku} ${line.locationId}`, line);
  }
  return [...lines.values()];
}

/** One of the latest reservations, most often; in a shop of orders one that has come so far. */
function someReservation(random: Random, { reservationIds, orders }: Subject, kind: Command["kind"]): string {
  const fitting = orders?.fitting(kind, reservationIds) ?? [];
  if (fitting.length > 0 && random.chance(0.85)) {
    return random.pick(fitting.slice(-4));
  }
  return random.pick(random.chance(0.7) ? reservationIds.slice(-6) : reservationIds);
}

function someLevel(random: Random, subject: Subject): LevelKey {
  const sku = someSku(random, subject);
  return { sku, locationId: random.chance(0.92) ? someHome(random, sku, subject) : random.pick(locationIds) };
}

export function drawCommand(kind: Command["kind"], number: number, random: Random, subject: Subject): Command {
  switch (kind) {
    case "reserve": {
      // Now and then somebody asks for an id that is taken.
      const { reservationIds } = subject;
      const isOld = reservationIds.length > 0 && random.chance(0.04);
      return {
        kind,
        reservationId: isOld ? random.pick(reservationIds) : `r-${number}`,
        lines: linesOf(random, subject),
        ttlSeconds: random.pick(subject.orders === null ? [5, 30, 120, 600, 1_800] : [30, 600, 1_800, 1_800]),
        customerId: random.chance(subject.orders === null ? 0.6 : 0.9) ? random.pick(["ann", "bob"]) : null,
        referenceId: random.chance(0.5) ? `cart-${number}` : null,
        mayBackorder: random.chance(0.8),
      };
    }
    case "rearrange":
      return {
        kind,
        reservationId: someReservation(random, subject, kind),
        lines: linesOf(random, subject),
        ttlSeconds: random.chance(0.4) ? random.pick([5, 300]) : null,
      };
    case "commit":
      return {
        kind,
        reservationId: someReservation(random, subject, kind),
        orderId: `order-${random.chance(0.7) ? number : 0}`,
      };
    case "extend":
      return { kind, reservationId: someReservation(random, subject, kind), ttlSeconds: random.pick([5, 60, 1_200]) };
    case "release":
      return { kind, reservationId: someReservation(random, subject, kind) };
    case "fulfil": {
      // An order is shipped unit by unit most often, so that the same unit can be shipped twice.
      const line = random.chance(0.5) ? null : subject.orders === null ? random.whole(0, 2) : random.pick([0, 0, 1]);
      const quantity = random.whole(1, subject.orders === null || random.chance(0.2) ? 3 : 1);
      return { kind, reservationId: someReservation(random, subject, kind), line, quantity };
    }
    case "return":
      return {
        kind,
        reservationId: someReservation(random, subject, kind),
        line: subject.orders === null ? random.whole(0, 2) : random.pick([0, 0, 1]),
        quantity: random.whole(1, 2),
        locationId: random.pick(locationIds),
        disposition: random.pick(["restock", "restock", "damaged", "qualityControl"] as const),
      };
    case "adjust":
      return {
        kind,
        atomic: random.chance(0.5),
        changes: Array.from({ length: random.whole(1, 3) }, () => ({
          ...someLevel(random, subject),
          state: random.chance(0.75) ? "onHand" : random.pick(["damaged", "qualityControl", "safetyStock"] as const),
          delta: random.pick(subject.orders === null ? [1, 2, 3, 5, 8, -1, -2, -4, -8] : [5, 8, 12, 20, -1, -2]),
          set: random.chance(0.12) ? random.whole(0, 12) : null,
          expected: random.chance(0.1) ? random.pick([0, 2, 4, 5, 15]) : null,
          force: random.chance(0.35),
        })),
      };
    case "put-item": {
      const variants = subject.orders === null ? [0, 0, 1, 2, 3, 4] : [0, 0, 0, 1, 2, 4];
      return { kind, sku: someSku(random, subject), variant: random.pick(variants) };
    }
    case "configure":
      return {
        kind,
        level: someLevel(random, subject),
        lowStockThreshold: random.chance(0.5) ? random.whole(0, 5) : null,
        backorderLimit: random.chance(0.5) ? random.whole(0, 4) : null,
      };
    case "split": {
      const level = { sku: splitSku, locationId: locationIds[0] };
      return { kind, level, cells: random.pick([1, 3, 5]) };
    }
    case "put-location":
      return { kind, locationId: random.pick(locationIds), active: random.chance(0.6) };
  }
}
