import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { movementOf } from "../domain/movement.ts";
import type { AuditMessage } from "../messaging/messages.ts";
import { done, type Ending } from "../queue-consumer.ts";
import type { Tables } from "../storage/client.ts";
import { putMovement } from "../storage/movements.ts";

export interface AuditServices {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Pick<Tables, "movements">;
}

/** Makes one movement of one write of a level, however often and in whatever order it is told. */
export async function writeAudit({ client, tables }: AuditServices, change: AuditMessage): Promise<Ending> {
  await putMovement(client, tables.movements, movementOf(change));
  return done;
}
