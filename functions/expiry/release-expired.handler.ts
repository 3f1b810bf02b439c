import { Logger } from "@aws-lambda-powertools/logger";
import type { ExpiredMessage } from "../messaging/messages.ts";
import { queueConsumer } from "../queue-consumer.ts";
import { endingServices } from "../reservations/ending-services.ts";
import { releaseExpired } from "./release-expired.ts";

const log = new Logger({ serviceName: "release-expired" });
const services = { ...endingServices(), log };

export const handler = queueConsumer<ExpiredMessage>(
  log,
  async (message, delivery) => await releaseExpired(services, message, delivery),
);
