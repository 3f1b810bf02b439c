import { environment, requireVariable } from "../contract/environment.ts";
import type { ViewMessage } from "../messaging/messages.ts";
import { queueConsumer } from "../queue-consumer.ts";
import { documentClient } from "../storage/client.ts";
import { systemRuntime } from "../system-runtime.ts";
import { telemetryOf } from "../telemetry.ts";
import { refreshViews, type ViewServices } from "./refresh-views.ts";

const services: ViewServices = {
  client: documentClient(),
  tables: {
    inventory: requireVariable(environment.inventoryTable),
    views: requireVariable(environment.viewsTable),
  },
  runtime: systemRuntime,
};

export const handler = queueConsumer<ViewMessage>(
  telemetryOf("refresh-views"),
  async (message, delivery) => await refreshViews(services, message, delivery),
  (message) => ("reservation" in message ? message.reservation.reservationId : null),
);
