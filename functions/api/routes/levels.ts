import { backorderLimitOf } from "../../domain/catalogue.ts";
import { answerWith } from "../../http/answer-with.ts";
import type { Call, RouteHandlers } from "../../http/call.ts";
import { answerWithPage } from "../../http/listing.ts";
import { renderLevel } from "../../http/render/level.ts";
import { configureLevel, type Wish, type Wishes } from "../../stock/configure-level.ts";
import {
  getLevel,
  type LevelReading,
  levelAsOf,
  listLevelsAtLocation,
  listLevelsOfSku,
} from "../../stock/read-levels.ts";
import type { StockServices } from "../../stock/services.ts";
import { splitLevel } from "../../stock/split-level.ts";

type LevelRoutes = Pick<RouteHandlers<"back-office">, "getLevel" | "listLevels" | "patchLevel" | "splitLevel">;

/** `"item"` takes an override back; what is not there is not wished. */
function wishOf<T, V>(value: T | "item" | undefined, own: (value: T) => V): Wish<V> | undefined {
  if (value === undefined) {
    return undefined;
  }
  return value === "item" ? { kind: "item" } : { kind: "own", value: own(value as T) };
}

function wishesOf({ lowStockThreshold, backorder, restockAt }: Call<"patchLevel">["body"]): Wishes {
  const wishes = {
    lowStockThreshold: wishOf(lowStockThreshold, (value) => value),
    backorderLimit: wishOf(backorder, ({ policy, limit = null }) => backorderLimitOf({ policy, limit })),
    restockAt: wishOf(restockAt, (value) => value),
  };
  return Object.fromEntries(Object.entries(wishes).filter(([, wish]) => wish !== undefined));
}

export function levelRoutes(services: StockServices & LevelReading): LevelRoutes {
  return {
    getLevel: async ({ path, query: { asOf } }) => {
      const outcome = asOf === undefined ? await getLevel(services, path) : await levelAsOf(services, path, asOf);
      return answerWith(outcome, (level) => ({
        status: 200,
        body: renderLevel(level),
        revision: level.settingsRevision,
      }));
    },
    listLevels: async ({ query: { sku, locationId = "", limit, cursor = null } }) =>
      answerWithPage(
        sku === undefined
          ? await listLevelsAtLocation(services, { locationId, limit, cursor })
          : await listLevelsOfSku(services, { sku, limit, cursor }),
        renderLevel,
      ),
    splitLevel: async ({ path, body, caller, budgetEndsAtMs }) => {
      const outcome = await splitLevel(services, { ...path, cells: body.cells, actor: caller.actor, budgetEndsAtMs });
      return answerWith(outcome, (level) => ({
        status: 200,
        body: renderLevel(level),
        revision: level.settingsRevision,
      }));
    },
    patchLevel: async ({ path, body, precondition, caller, budgetEndsAtMs }) => {
      const outcome = await configureLevel(services, {
        ...path,
        wishes: wishesOf(body),
        expectedRevision: precondition.expectedRevision,
        actor: caller.actor,
        budgetEndsAtMs,
      });
      return answerWith(outcome, (level) => ({
        status: 200,
        body: renderLevel(level),
        revision: level.settingsRevision,
      }));
    },
  };
}
