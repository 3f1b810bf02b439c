import type { ExpiredMessage } from "../messaging/messages.ts";
import { queueConsumer } from "../queue-consumer.ts";
import { endingServices } from "../reservations/ending-services.ts";
import { telemetryOf } from "../telemetry.ts";
import { releaseExpired } from "./release-expired.ts";

const telemetry = telemetryOf("release-expired");
const services = { ...endingServices(telemetry), log: telemetry.log };

export const handler = queueConsumer<ExpiredMessage>(
  telemetry,
  async (message, delivery) => await releaseExpired(services, message, delivery),
  ({ reservation }) => reservation.reservationId,
);
