import { environment, requireVariable } from "../contract/environment.ts";
import type { BackorderMessage } from "../messaging/messages.ts";
import { queueClient, sendOne } from "../messaging/queue.ts";
import { queueConsumer } from "../queue-consumer.ts";
import { endingServices } from "../reservations/ending-services.ts";
import { telemetryOf } from "../telemetry.ts";
import { allocateBackorders, type BackorderServices } from "./allocate-backorders.ts";

const telemetry = telemetryOf("allocate-backorders");
const queue = queueClient();
const queueUrl = requireVariable(environment.backordersQueueUrl);
const services: BackorderServices = {
  ...endingServices(telemetry),
  wait: async (message) => await sendOne(queue, queueUrl, message),
};

export const handler = queueConsumer<BackorderMessage>(
  telemetry,
  async (message, delivery) => await allocateBackorders(services, message, delivery),
);
