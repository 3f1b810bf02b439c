/** Letters about levels and items. */
import { alertsRaisedBy, crossingsIn } from "../../functions/domain/alert.ts";
import { owesQueue } from "../../functions/domain/backorder.ts";
import { type LevelKey, stockName } from "../../functions/domain/level.ts";
import { movementOf } from "../../functions/domain/movement.ts";
import type {
  AlertMessage,
  AuditMessage,
  BackorderMessage,
  SettingsMessage,
  ViewMessage,
} from "../../functions/messaging/messages.ts";
import { newestAlert } from "../../functions/storage/alerts.ts";
import { readHead } from "../../functions/storage/backorders.ts";
import { readItem } from "../../functions/storage/items.ts";
import { readLevel, readLevelsOfSku } from "../../functions/storage/levels.ts";
import { readMovement } from "../../functions/storage/movements.ts";
import { readSummaries } from "../../functions/storage/summaries.ts";
import { changesNothing, changesText, type Reading, type Request, timeText } from "./explanation.ts";

function place({ sku, locationId }: LevelKey): string {
  return `${sku} at ${locationId}`;
}

export function auditRequest(message: AuditMessage): Request {
  const { type, version, actor, atMs, changes, reservationId, ...key } = movementOf(message);
  const cause = reservationId === null ? "" : ` for ${reservationId}`;
  return {
    asks: `write the movement of version ${version} of ${stockName(key)}: ${type} (${changesText(changes)})${cause}, by ${actor} at ${timeText(atMs)}`,
    look: async ({ client, tables }) =>
      (await readMovement(client, tables.movements, key, version)) === null
        ? { now: "the trail has a gap at this version", sendingBack: "closes the gap" }
        : { now: "the movement is in the trail", sendingBack: changesNothing },
  };
}

export function alertRequest(message: AlertMessage): Request {
  if (message.kind === "split-level") {
    return sumRequest(message, "judge the sum", "judges it by its present figures");
  }
  const { change } = message;
  const raised = alertsRaisedBy(change);
  const ended = crossingsIn(change).filter(({ begins }) => !begins);
  const news = [
    ...raised.map(({ type, available }) => `tell of ${type} (${available} left)`),
    ...ended.map(({ condition }) => `note that ${condition} has ended`),
  ];
  return {
    asks: `${news.join(", ") || "tell nothing"}: ${place(change.after)}, version ${change.after.version}, at ${timeText(change.after.lastChange.atMs)}`,
    look: async ({ client, tables }) => {
      const known = await Promise.all(
        raised.map(async (alert) => {
          const newest = await newestAlert(client, tables.views, alert, alert.type);
          return newest === null
            ? `no ${alert.type} is known`
            : `the newest ${alert.type} is of version ${newest.alert.version} and ${newest.alert.status}`;
        }),
      );
      return {
        now: known.join("; ") || "no alert begins with it",
        sendingBack: "tells what was not published yet; what has ended since is told as ended",
      };
    },
  };
}

function sumRequest(key: LevelKey, asks: string, sendingBack: string): Request {
  return {
    asks: `${asks} of ${place(key)}, which is split, or was`,
    look: async ({ client, tables }) => {
      const level = await readLevel(client, tables.inventory, key);
      return level === null
        ? { now: "there is no such level", sendingBack: "fails again" }
        : { now: level.cells > 0 ? `it is split into ${level.cells} cells` : "it is whole", sendingBack };
    },
  };
}

export function backorderRequest(message: BackorderMessage): Request {
  const { availableFrom } = message;
  const when = availableFrom === null ? "" : `, from ${availableFrom} on`;
  return {
    asks: `give the stock of ${place(message)} to those who wait for it${when}`,
    look: async ({ client, tables, nowMs }) => {
      const level = await readLevel(client, tables.inventory, message);
      if (level === null) {
        return { now: "there is no such level", sendingBack: "fails again" };
      }
      const head = await readHead(client, tables.inventory, message);
      const { available, backordered } = level.figures;
      return {
        now: `${available} available, ${backordered} owed${head === null ? "" : `, first to ${head.reservationId}`}`,
        sendingBack: owesQueue(level, nowMs) ? `allocates ${Math.min(available, backordered)}` : changesNothing,
      };
    },
  };
}

export function settingsRequest({ sku }: SettingsMessage): Request {
  return {
    asks: `copy the settings of ${sku} to its levels`,
    look: async ({ client, tables }) => {
      const item = await readItem(client, tables.inventory, sku);
      if (item === null) {
        return { now: "there is no such item", sendingBack: changesNothing };
      }
      const levels = await readLevelsOfSku(client, tables.inventory, sku);
      const old = levels.filter(({ itemSettingsRevision }) => itemSettingsRevision < item.settingsRevision).length;
      return {
        now: `${old} of ${levels.length} levels have older settings`,
        sendingBack: old === 0 ? changesNothing : `changes ${old} levels`,
      };
    },
  };
}

export function viewRequest(message: ViewMessage): Request {
  switch (message.kind) {
    case "level": {
      const { level } = message;
      return {
        asks: `note version ${level.version} of ${place(level)} in the summary`,
        look: async (reading) => await newer(reading, level.sku, level.version, level.locationId),
      };
    }
    case "item": {
      const { item } = message;
      return {
        asks: `note revision ${item.revision} of the item ${item.sku} in the summary and in the list of items`,
        look: async (reading) => await newer(reading, item.sku, item.revision, null),
      };
    }
    case "split-level":
      return sumRequest(message, "sum up the figures", "sums it up by its present figures");
    case "reservation":
      return {
        asks: `list ${message.reservation.reservationId} under its reference and its order`,
        look: async () => ({ now: "lists are not looked at", sendingBack: "lists it, once" }),
      };
    case "reservation-gone":
      return {
        asks: `take ${message.reservation.reservationId}, whose record is gone, from the lists`,
        look: async () => ({ now: "lists are not looked at", sendingBack: "takes it away, if it is there" }),
      };
    default:
      throw new TypeError(`There is no message of the kind ${(message satisfies never as ViewMessage).kind}.`);
  }
}

/** Whether a summary is older than what a letter would note; of the item where no location is given. */
async function newer(
  { client, tables }: Reading,
  sku: string,
  version: number,
  locationId: string | null,
): Promise<{ readonly now: string; readonly sendingBack: string }> {
  const summary = (await readSummaries(client, tables.views, [sku])).get(sku);
  const known =
    locationId === null
      ? summary?.item?.revision
      : summary?.locations.find((each) => each.locationId === locationId)?.version;
  return {
    now: known === undefined ? "the summary has nothing of it" : `the summary has ${known}`,
    sendingBack: known !== undefined && known >= version ? changesNothing : "brings the summary up to it",
  };
}
