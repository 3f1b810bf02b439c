import { forwardsOf } from "../../functions/changes/forwards.ts";
import { changeIn } from "../../functions/storage/stream-record.ts";
import type { DeadLetter, PlaceName } from "./dead-letter.ts";
import type { Explanation, Reading, Request } from "./explanation.ts";
import { alertRequest, auditRequest, backorderRequest, settingsRequest, viewRequest } from "./level-letters.ts";
import { deadlineRequest, expiredRequest } from "./reservation-letters.ts";
import { recordsIn } from "./undelivered-records.ts";

/** Says what a letter is about. It writes nothing, and what cannot be read or understood is said as well. */
export async function explain(reading: Reading, place: PlaceName, letter: DeadLetter): Promise<Explanation> {
  let request: Request;
  try {
    request = requestIn(place, letter.body);
  } catch (error) {
    return {
      asks: `this is no message that ${place} understands: ${textOf(error)}`,
      now: "there is nothing to look for",
      sendingBack: "fails again",
    };
  }
  try {
    return { asks: request.asks, ...(await request.look(reading)) };
  } catch (error) {
    return { asks: request.asks, now: `the tables cannot be read: ${textOf(error)}`, sendingBack: "is not known" };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function requestIn(place: PlaceName, body: string): Request {
  switch (place) {
    case "stream":
      return recordsRequest(body);
    case "audit":
      return auditRequest(JSON.parse(body));
    case "alerts":
      return alertRequest(JSON.parse(body));
    case "deadlines":
      return deadlineRequest(JSON.parse(body));
    case "expired":
      return expiredRequest(JSON.parse(body));
    case "backorders":
      return backorderRequest(JSON.parse(body));
    case "settings":
      return settingsRequest(JSON.parse(body));
    case "views":
      return viewRequest(JSON.parse(body));
  }
}

/** What the reader of the stream would have sent. */
function recordsRequest(body: string): Request {
  const records = recordsIn(body);
  const sent = new Map<string, number>();
  let unreadable = "";
  for (const record of records) {
    try {
      for (const { to } of forwardsOf(changeIn(record))) {
        sent.set(to, (sent.get(to) ?? 0) + 1);
      }
    } catch (error) {
      unreadable = textOf(error);
    }
  }
  const messages = [...sent].map(([to, count]) => `${count} to ${to}`).join(", ");
  return {
    asks: `forward ${records.length} changes of the table: ${messages || "no message"}`,
    look: async () => ({
      now: unreadable === "" ? "all of them can be read" : `one cannot be read: ${unreadable}`,
      sendingBack: unreadable === "" ? "sends them, by this program instead of the reader" : "fails again",
    }),
  };
}
