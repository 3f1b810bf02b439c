import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Locations } from "../catalogue/location-directory.ts";
import type { Runtime } from "../domain/runtime.ts";
import type { Tables } from "../storage/client.ts";

/** What the ending of reservations needs of the world. */
export interface EndingServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory">;
  readonly runtime: Runtime;
  /** Seconds between a hold's deadline and the time at which the table may delete it. */
  readonly expiryGraceSeconds: number;
}

/** What the making of reservations needs of the world. */
export interface ReservationServices extends EndingServices {
  readonly tables: Pick<Tables, "inventory" | "views">;
  readonly locations: Locations;
}

/** What every command carries beside its own fields. */
export interface CommandContext {
  /** Who asks: the token's subject, as the audit trail keeps it. */
  readonly actor: string;
  /** The moment after which contention is no longer waited for. */
  readonly budgetEndsAtMs: number;
}
