import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { ViewMessage } from "../messaging/messages.ts";
import { done, type Ending } from "../queue-consumer.ts";
import type { Tables } from "../storage/client.ts";
import { listItem, listLevelAtLocation } from "../storage/listings.ts";
import { noteItem, noteLevel } from "../storage/summaries.ts";

export interface ViewServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "views">;
}

/** Brings the summaries and lists up to date; what is older than they are changes nothing. */
export async function refreshViews({ client, tables }: ViewServices, message: ViewMessage): Promise<Ending> {
  switch (message.kind) {
    case "level":
      await noteLevel(client, tables.views, message.level);
      if (message.level.version === 1) {
        await listLevelAtLocation(client, tables.views, message.level);
      }
      return done;
    case "item":
      await noteItem(client, tables.views, message.item);
      await listItem(client, tables.views, message.item);
      return done;
  }
}
