import { Logger } from "@aws-lambda-powertools/logger";
import type { ExpiredMessage } from "../messaging/messages.ts";
import { queueConsumer } from "../queue-consumer.ts";
import { endingServices } from "../reservations/ending-services.ts";
import { releaseExpired } from "./release-expired.ts";

const services = endingServices();

export const handler = queueConsumer<ExpiredMessage>(
  new Logger({ serviceName: "release-expired" }),
  async (message, delivery) => await releaseExpired(services, message, delivery),
);
