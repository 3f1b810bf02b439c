/** The ways of reserving that are compared: the service's own, what it would be without a part of it, and the plain one. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { CellTake } from "../../functions/domain/cells.ts";
import type { CellId, LevelKey } from "../../functions/domain/level.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import { type HotLevel, type HotLevelServices, HotLevels } from "../../functions/reservations/hot-levels.ts";
import { reserveStock } from "../../functions/reservations/reserve-stock.ts";
import type { ReservationServices } from "../../functions/reservations/services.ts";
import type { Tables } from "../../functions/storage/client.ts";
import { PlainLevel } from "../plain-reserve.ts";
import { newCommand, plainName } from "./drop-stock.ts";

/** How a request ended. */
export type Ending =
  | { readonly kind: "served" }
  /** For want of stock, as somebody found who began to look then. */
  | { readonly kind: "sold-out"; readonly foundSinceMs: number }
  /** Contention outlasted the budget: 503, try again. */
  | { readonly kind: "busy" };

/** What one environment brings along. */
export interface EnvironmentWorld {
  readonly client: DynamoDBDocumentClient;
  readonly runtime: Runtime;
  readonly services: Omit<ReservationServices, "client" | "hotLevels"> & { readonly tables: Tables };
}

export interface Way {
  readonly title: string;
  /** 1 for a level that is not split. */
  readonly cells: number;
  /** An environment that has just been started; it serves one request after the other. */
  start(world: EnvironmentWorld): () => Promise<Ending>;
}

/** The production code; notes besides since when what it says of the stock was being found out. */
class ObservedHotLevels extends HotLevels {
  foundSinceMs: number | null = null;
  private readonly clock: Runtime;

  constructor(services: HotLevelServices) {
    super(services);
    this.clock = services.runtime;
  }

  override async find(key: LevelKey): Promise<HotLevel | null> {
    return this.noteMarker(await super.find(key));
  }

  override async look(key: LevelKey): Promise<HotLevel | null> {
    return this.noteMarker(await super.look(key));
  }

  override async heedMarker(key: LevelKey, hot: HotLevel): Promise<HotLevel> {
    await super.heedMarker(key, hot);
    this.noteMarker(hot);
    return hot;
  }

  override async choose(key: LevelKey, quantity: number): ReturnType<HotLevels["choose"]> {
    const beganMs = this.clock.now();
    this.foundSinceMs = null;
    const choice = await super.choose(key, quantity);
    if (choice.kind === "short") {
      this.foundSinceMs ??= beganMs;
    }
    return choice;
  }

  /** A marker holds for a second from when it was set. */
  private noteMarker(hot: HotLevel | null): HotLevel | null {
    if (hot?.soldOut != null && hot.soldOut.untilMs > this.clock.now()) {
      this.foundSinceMs = hot.soldOut.untilMs - 1_000;
    }
    return hot;
  }
}

class FixedHomes extends ObservedHotLevels {
  override leaveHome(): void {}
}

/** No home at all: any cell that is not known to be empty. */
class RandomCells extends ObservedHotLevels {
  private readonly random: () => number;

  constructor(services: HotLevelServices) {
    super(services);
    this.random = services.runtime.random;
  }

  override guess(hot: HotLevel, quantity: number): CellTake | null {
    hot.home = 1 + Math.floor(this.random() * hot.level.cells);
    return super.guess(hot, quantity);
  }

  override leaveHome(_key: LevelKey, _cell: CellId): void {}
}

function serviceWay(title: string, cells: number, Hot: typeof ObservedHotLevels): Way {
  return {
    title,
    cells,
    start: ({ client, runtime, services }) => {
      const hotLevels = new Hot({ client, table: services.tables.inventory, runtime });
      const all: ReservationServices = { ...services, client, hotLevels };
      return async () => {
        const beganMs = runtime.now();
        hotLevels.foundSinceMs = null;
        const outcome = await reserveStock(all, newCommand(runtime));
        switch (outcome.kind) {
          case "done":
            return { kind: "served" };
          case "contention":
            return { kind: "busy" };
          case "refused":
            if (outcome.refusal.kind !== "insufficient-stock") {
              throw new Error(`A buyer was refused otherwise than for want of stock: ${outcome.refusal.kind}.`);
            }
            return { kind: "sold-out", foundSinceMs: hotLevels.foundSinceMs ?? beganMs };
        }
      };
    },
  };
}

export const ways = {
  oneCell: serviceWay("1 cell", 1, ObservedHotLevels),
  random: (cells: number) => serviceWay(`${cells} cells, chosen at random`, cells, RandomCells),
  fixed: (cells: number) => serviceWay(`${cells} cells, fixed homes`, cells, FixedHomes),
  moving: (cells: number) => serviceWay(`${cells} cells, homes that move`, cells, ObservedHotLevels),
  /** Its client cannot tell "sold out" from "others were quicker": both are a refusal. */
  plain: {
    title: "read, compare, write",
    cells: 1,
    start: ({ client, runtime, services }) => {
      const level = new PlainLevel(services.tables, plainName, runtime);
      return async () => {
        const foundSinceMs = runtime.now();
        return (await level.reserveOne(client)) ? { kind: "served" } : { kind: "sold-out", foundSinceMs };
      };
    },
  } satisfies Way as Way,
} as const;
