/** Lists in pages: one query after the other, with a cursor that only the list that gave it takes back. */
import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import type { StoredItem } from "./stored-item.ts";

export interface Page<T> {
  readonly kind: "page";
  readonly items: readonly T[];
  /** Null on the last page. A page may be short, even empty, and not be the last. */
  readonly nextCursor: string | null;
}

export type Listing<T> =
  | Page<T>
  /** The cursor was not given by this very list. */
  | { readonly kind: "bad-cursor" };

export interface PageRequest {
  readonly limit: number;
  readonly cursor: string | null;
}

const itemsPerPage = 1_000;

/** Everything that a list has, page after page. */
export async function everyItem<T>(read: (request: PageRequest) => Promise<Listing<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Listing<T> = await read({ limit: itemsPerPage, cursor });
    if (page.kind === "bad-cursor") {
      throw new Error("A list did not take its own cursor.");
    }
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/** A part of the key that a cursor carries; the other parts are known from the list itself. */
export type CursorPart =
  | { readonly type: "string"; readonly prefix?: string }
  | { readonly type: "number"; readonly least?: number; readonly most?: number };

export interface PagedQuery<T> extends PageRequest {
  /** Names the list together with its parameters. */
  readonly list: string;
  readonly query: Omit<QueryCommandInput, "Limit" | "ExclusiveStartKey">;
  /** The parts of the key that are the same for the whole list. */
  readonly fixedKey: Readonly<Record<string, string>>;
  /** The parts of the key that tell where a page ended. */
  readonly cursorKey: Readonly<Record<string, CursorPart>>;
  parse(item: StoredItem): T;
}

/** A filter may leave little of what was read; after this much reading the page is given as it is. */
const mostRounds = 10;
/** DynamoDB's limit for a sort key. */
const mostKeyBytes = 1_024;

type Position = Readonly<Record<string, string | number>>;

export function encodeCursor(list: string, values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...values])).toString("base64url");
}

/** The values of a cursor of this list, or null when it is none. */
export function decodeCursor(
  list: string,
  parts: readonly CursorPart[],
  cursor: string,
): readonly (string | number)[] | null {
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return null;
  }
  if (!Array.isArray(decoded) || decoded.length !== parts.length + 1 || decoded[0] !== list) {
    return null;
  }
  const values: unknown[] = decoded.slice(1);
  const fits = parts.every((part, index) => {
    const value = values[index];
    return part.type === "number"
      ? typeof value === "number" &&
          Number.isSafeInteger(value) &&
          value >= (part.least ?? value) &&
          value <= (part.most ?? value)
      : typeof value === "string" &&
          value.length > (part.prefix ?? "").length &&
          value.startsWith(part.prefix ?? "") &&
          Buffer.byteLength(value) <= mostKeyBytes;
  });
  return fits ? (values as (string | number)[]) : null;
}

/** One page of a query's items, in the query's order. */
export async function queryPage<T>(client: DynamoDBDocumentClient, paged: PagedQuery<T>): Promise<Listing<T>> {
  const { list, query, limit, cursor, fixedKey, cursorKey, parse } = paged;
  const names = Object.keys(cursorKey);
  let start: Position | undefined;
  if (cursor !== null) {
    const values = decodeCursor(list, Object.values(cursorKey), cursor);
    if (values === null) {
      return { kind: "bad-cursor" };
    }
    start = { ...fixedKey, ...Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""])) };
  }
  const cursorAfter = (key: StoredItem): string =>
    encodeCursor(
      list,
      names.map((name) => key[name] as string | number),
    );

  const items: T[] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        ...query,
        // A filter is applied after the limit: then the pages of DynamoDB itself bound what is read.
        ...(query.FilterExpression === undefined ? { Limit: limit - items.length } : {}),
        ExclusiveStartKey: start,
      }),
    );
    for (const [index, item] of Items.entries()) {
      items.push(parse(item));
      if (items.length === limit && (index + 1 < Items.length || LastEvaluatedKey !== undefined)) {
        return { kind: "page", items, nextCursor: cursorAfter(item) };
      }
    }
    if (LastEvaluatedKey === undefined) {
      return { kind: "page", items, nextCursor: null };
    }
    start = LastEvaluatedKey as Position;
  }
  return { kind: "page", items, nextCursor: cursorAfter(start as StoredItem) };
}

/** Lists that have nothing of what is looked for cost a query each; after so many the page is given as it is. */
const mostListsPerPage = 200;

/** Stands for the beginning of a list in a cursor, where no inner cursor is known yet. */
const beginning = "-";

/** One page of several lists, one after the other. `nameOf` tells them apart in the cursor. */
export async function pageOfMany<K, T>(
  lists: readonly K[],
  { limit, cursor }: PageRequest,
  list: string,
  nameOf: (key: K) => string,
  pageOf: (key: K, request: PageRequest) => Promise<Listing<T>>,
): Promise<Listing<T>> {
  let remaining = lists;
  let inner: string | null = null;
  if (cursor !== null) {
    const [name, within] = decodeCursor(list, [{ type: "string" }, { type: "string" }], cursor) ?? [];
    const index = remaining.findIndex((key) => nameOf(key) === name);
    if (typeof within !== "string" || index === -1) {
      return { kind: "bad-cursor" };
    }
    remaining = remaining.slice(index);
    inner = within === beginning ? null : within;
  }
  const items: T[] = [];
  for (const [count, key] of remaining.entries()) {
    if (items.length === limit || count === mostListsPerPage) {
      return { kind: "page", items, nextCursor: encodeCursor(list, [nameOf(key), beginning]) };
    }
    const page = await pageOf(key, { limit: limit - items.length, cursor: inner });
    if (page.kind === "bad-cursor") {
      return page;
    }
    items.push(...page.items);
    if (page.nextCursor !== null) {
      return { kind: "page", items, nextCursor: encodeCursor(list, [nameOf(key), page.nextCursor]) };
    }
    inner = null;
  }
  return { kind: "page", items, nextCursor: null };
}
