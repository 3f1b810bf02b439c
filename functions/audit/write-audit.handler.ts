import { environment, requireVariable } from "../contract/environment.ts";
import type { AuditMessage } from "../messaging/messages.ts";
import { queueConsumer } from "../queue-consumer.ts";
import { documentClient } from "../storage/client.ts";
import { telemetryOf } from "../telemetry.ts";
import { type AuditServices, writeAudit } from "./write-audit.ts";

const services: AuditServices = {
  client: documentClient(),
  tables: { movements: requireVariable(environment.movementsTable) },
};

export const handler = queueConsumer<AuditMessage>(
  telemetryOf("write-audit"),
  async (change) => await writeAudit(services, change),
  ({ after }) => after.lastChange.reservationId,
);
