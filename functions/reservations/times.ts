/** How long reservations are held and kept: as the deployment sets it, or as is usual. */
import { environment, requireVariable } from "../contract/environment.ts";
import { reservationTimes } from "../contract/settings.ts";
import type { ReservationTimes } from "../domain/reservation-times.ts";

export const usualTimes: ReservationTimes = {
  usualHoldSeconds: reservationTimes.usualHoldSeconds.usual,
  longestHoldSeconds: reservationTimes.longestHoldSeconds.usual,
  expiryGraceSeconds: reservationTimes.expiryGraceSeconds.usual,
  endedRetentionSeconds: reservationTimes.endedRetentionSeconds.usual,
  fulfilledRetentionSeconds: reservationTimes.fulfilledRetentionSeconds.usual,
};

/** As the function's environment says. */
export function timesOfDeployment(): ReservationTimes {
  const seconds = (name: keyof ReservationTimes): number => Number(requireVariable(environment[name]));
  return {
    usualHoldSeconds: seconds("usualHoldSeconds"),
    longestHoldSeconds: seconds("longestHoldSeconds"),
    expiryGraceSeconds: seconds("expiryGraceSeconds"),
    endedRetentionSeconds: seconds("endedRetentionSeconds"),
    fulfilledRetentionSeconds: seconds("fulfilledRetentionSeconds"),
  };
}
