import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Locations } from "../catalogue/location-directory.ts";
import type { AllocationStrategy } from "../domain/allocation.ts";
import type { Observe } from "../domain/observation.ts";
import type { ReservationTimes } from "../domain/reservation-times.ts";
import type { Runtime } from "../domain/runtime.ts";
import type { Tables } from "../storage/client.ts";
import type { HotLevels } from "./hot-levels.ts";

/** What the ending of reservations needs of the world. */
export interface EndingServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory">;
  readonly runtime: Runtime;
  /** Is told of the course of each command. */
  readonly observe: Observe;
  /** How long reservations are held and their records kept. */
  readonly times: ReservationTimes;
}

/** What the making of reservations needs of the world. */
export interface ReservationServices extends EndingServices {
  readonly tables: Pick<Tables, "inventory" | "views">;
  readonly locations: Locations;
  readonly hotLevels: HotLevels;
  /** How stock is chosen where a request does not say. */
  readonly defaultAllocation: AllocationStrategy;
  /** How many holds one customer may have open; null for any number. */
  readonly mostOpenHolds: number | null;
}

/** What every command carries beside its own fields. */
export interface CommandContext {
  /** Who asks: the token's subject, as the audit trail keeps it. */
  readonly actor: string;
  /** The moment after which contention is no longer waited for. */
  readonly budgetEndsAtMs: number;
}
