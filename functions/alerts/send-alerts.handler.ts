import { environment, requireVariable } from "../contract/environment.ts";
import type { AlertMessage } from "../messaging/messages.ts";
import { publish, topicClient } from "../messaging/topic.ts";
import { queueConsumer } from "../queue-consumer.ts";
import { documentClient } from "../storage/client.ts";
import { systemRuntime } from "../system-runtime.ts";
import { telemetryOf } from "../telemetry.ts";
import { type AlertServices, sendAlerts } from "./send-alerts.ts";

const telemetry = telemetryOf("send-alerts");
const topic = topicClient();
const topicArn = requireVariable(environment.alertsTopicArn);
const services: AlertServices = {
  client: documentClient(),
  tables: {
    inventory: requireVariable(environment.inventoryTable),
    views: requireVariable(environment.viewsTable),
  },
  runtime: systemRuntime,
  observe: telemetry.observe,
  publish: async (notification) => await publish(topic, topicArn, notification),
};

export const handler = queueConsumer<AlertMessage>(
  telemetry,
  async (message, delivery) => await sendAlerts(services, message, delivery),
  (message) => (message.kind === "level" ? message.change.after.lastChange.reservationId : null),
);
