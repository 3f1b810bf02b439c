import { answerWith } from "../../http/answer-with.ts";
import type { Call, RouteHandlers } from "../../http/call.ts";
import { answerWithPage } from "../../http/listing.ts";
import { renderLevel } from "../../http/render/level.ts";
import { type ConfigureCommand, configureLevel } from "../../stock/configure-level.ts";
import {
  getLevel,
  type LevelReading,
  levelAsOf,
  listLevelsAtLocation,
  listLevelsOfSku,
} from "../../stock/read-levels.ts";
import type { StockServices } from "../../stock/services.ts";

type LevelRoutes = Pick<RouteHandlers<"back-office">, "getLevel" | "listLevels" | "patchLevel">;

function wishesOf({ lowStockThreshold }: Call<"patchLevel">["body"]): ConfigureCommand["wishes"] {
  if (lowStockThreshold === undefined) {
    return {};
  }
  return {
    lowStockThreshold: lowStockThreshold === "item" ? { kind: "item" } : { kind: "own", value: lowStockThreshold },
  };
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
