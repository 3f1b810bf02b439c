import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Observe } from "../domain/observation.ts";
import type { Runtime } from "../domain/runtime.ts";
import type { Tables } from "../storage/client.ts";

/** What the keeping of the catalogue needs of the world. */
export interface CatalogueServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "inventory">;
  readonly runtime: Runtime;
  readonly observe: Observe;
}

/** What every change of an item or a location carries. */
export interface CatalogueCommand {
  /** The revision that it must have; null when the caller does not mind. */
  readonly expectedRevision: number | null;
  /** It must be there already. */
  readonly mustExist: boolean;
  /** Who asks: the token's subject. */
  readonly actor: string;
  /** The moment after which contention is no longer waited for. */
  readonly budgetEndsAtMs: number;
}
