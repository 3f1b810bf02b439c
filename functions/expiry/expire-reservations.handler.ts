import { environment, requireVariable } from "../contract/environment.ts";
import type { DeadlineMessage } from "../messaging/messages.ts";
import { queueClient, sendOne } from "../messaging/queue.ts";
import { queueConsumer } from "../queue-consumer.ts";
import { endingServices } from "../reservations/ending-services.ts";
import { telemetryOf } from "../telemetry.ts";
import { type DeadlineServices, expireReservation } from "./expire-reservation.ts";

const telemetry = telemetryOf("expire-reservations");
const queue = queueClient();
const queueUrl = requireVariable(environment.deadlinesQueueUrl);
const services: DeadlineServices = {
  ...endingServices(telemetry),
  wait: async (message) => await sendOne(queue, queueUrl, message),
};

export const handler = queueConsumer<DeadlineMessage>(
  telemetry,
  async (message, delivery) => await expireReservation(services, message, delivery),
  ({ reservationId }) => reservationId,
);
