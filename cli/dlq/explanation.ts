/** What a dead letter is about, in words: what it asks for, what the tables say of it now, what sending it back would do. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { FigureDeltas } from "../../functions/domain/level.ts";
import type { Tables } from "../../functions/storage/client.ts";

export interface Explanation {
  readonly asks: string;
  readonly now: string;
  readonly sendingBack: string;
}

/** What an explanation looks things up with; it writes nothing. */
export interface Reading {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Tables;
  readonly nowMs: number;
}

/** A message as its consumer would read it, and what it finds when it looks. */
export interface Request {
  readonly asks: string;
  look(reading: Reading): Promise<Omit<Explanation, "asks">>;
}

export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Such as `reserved +2, available −2`. */
export function changesText(changes: FigureDeltas): string {
  const parts = Object.entries(changes).map(([figure, by]) => `${figure} ${by > 0 ? "+" : "−"}${Math.abs(by)}`);
  return parts.length === 0 ? "no figure changed" : parts.join(", ");
}

export const changesNothing = "changes nothing";
