import { Logger } from "@aws-lambda-powertools/logger";
import { environment, requireVariable } from "../contract/environment.ts";
import type { DeadlineMessage } from "../messaging/messages.ts";
import { queueClient, sendOne } from "../messaging/queue.ts";
import { queueConsumer } from "../queue-consumer.ts";
import { endingServices } from "../reservations/ending-services.ts";
import { type DeadlineServices, expireReservation } from "./expire-reservation.ts";

const queue = queueClient();
const queueUrl = requireVariable(environment.deadlinesQueueUrl);
const services: DeadlineServices = {
  ...endingServices(),
  wait: async (message) => await sendOne(queue, queueUrl, message),
};

export const handler = queueConsumer<DeadlineMessage>(
  new Logger({ serviceName: "expire-reservations" }),
  async (message, delivery) => await expireReservation(services, message, delivery),
);
