/** The alerts as they are listed, by status or all of them. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { viewsTable } from "../contract/tables.ts";
import type { Alert, AlertStatus } from "../domain/alert.ts";
import { parseAlert } from "./alert-item.ts";
import { decodeCursor, encodeCursor, type Listing, type PageRequest, queryPage } from "./page.ts";

const { alertsByStatus } = viewsTable.indexes;

const list = "alerts";
/** Stands for the beginning of a part in a cursor. */
const begin = "-";
const cursorParts = [{ type: "string" }, { type: "string" }] as const;

async function pageOfStatus(
  client: DynamoDBDocumentClient,
  table: string,
  status: AlertStatus,
  request: PageRequest,
): Promise<Listing<Alert>> {
  return await queryPage(client, {
    ...request,
    list: `alerts?${status}`,
    query: {
      TableName: table,
      IndexName: alertsByStatus.indexName,
      KeyConditionExpression: "alertStatus = :status",
      ExpressionAttributeValues: { ":status": status },
      ScanIndexForward: false,
    },
    fixedKey: { alertStatus: status },
    cursorKey: { raisedAt: { type: "number" }, pk: { type: "string" }, sk: { type: "string" } },
    parse: parseAlert,
  });
}

/** One page of the alerts, newest first; without a status the open ones and then the past ones. */
export async function pageOfAlerts(
  client: DynamoDBDocumentClient,
  table: string,
  request: PageRequest & { readonly status: AlertStatus | null },
): Promise<Listing<Alert>> {
  const { status, limit, cursor } = request;
  if (status !== null) {
    return await pageOfStatus(client, table, status, { limit, cursor });
  }
  const [part, inner] = cursor === null ? ["open", begin] : (decodeCursor(list, cursorParts, cursor) ?? []);
  if ((part !== "open" && part !== "resolved") || typeof inner !== "string") {
    return { kind: "bad-cursor" };
  }
  const first = await pageOfStatus(client, table, part, { limit, cursor: inner === begin ? null : inner });
  if (first.kind === "bad-cursor") {
    return first;
  }
  if (first.nextCursor !== null) {
    return { ...first, nextCursor: encodeCursor(list, [part, first.nextCursor]) };
  }
  if (part === "resolved") {
    return first;
  }
  if (first.items.length === limit) {
    return { ...first, nextCursor: encodeCursor(list, ["resolved", begin]) };
  }
  const rest = await pageOfStatus(client, table, "resolved", { limit: limit - first.items.length, cursor: null });
  return rest.kind === "bad-cursor"
    ? rest
    : {
        kind: "page",
        items: [...first.items, ...rest.items],
        nextCursor: rest.nextCursor === null ? null : encodeCursor(list, ["resolved", rest.nextCursor]),
      };
}
