import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Location } from "../domain/catalogue.ts";
import type { Runtime } from "../domain/runtime.ts";
import type { Tables } from "../storage/client.ts";

/** What the reservations need of the world. */
export interface ReservationServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory" | "views">;
  readonly runtime: Runtime;
  /** All locations, at most a few seconds old. */
  readonly locations: { current(): Promise<ReadonlyMap<string, Location>> };
  /** Seconds between a hold's deadline and the time at which the table may delete it. */
  readonly expiryGraceSeconds: number;
}

/** What every command carries beside its own fields. */
export interface CommandContext {
  /** Who asks: the token's subject, as the audit trail keeps it. */
  readonly actor: string;
  /** The moment after which contention is no longer waited for. */
  readonly budgetEndsAtMs: number;
}
