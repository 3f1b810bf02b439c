/** How long reservations are held and kept: as the deployment sets it, or as is usual. */
import { environment, requireVariable } from "../contract/environment.ts";
import { reservationTimes } from "../contract/settings.ts";
import type { ReservationTimes } from "../domain/reservation-times.ts";

function timesBy(seconds: (name: keyof ReservationTimes) => number): ReservationTimes {
  return {
    usualHoldSeconds: seconds("usualHoldSeconds"),
    longestHoldSeconds: seconds("longestHoldSeconds"),
    expiryGraceSeconds: seconds("expiryGraceSeconds"),
    endedRetentionSeconds: seconds("endedRetentionSeconds"),
    fulfilledRetentionSeconds: seconds("fulfilledRetentionSeconds"),
  };
}

export const usualTimes: ReservationTimes = timesBy((name) => reservationTimes[name].usual);

/** As the function's environment says. */
export function timesOfDeployment(): ReservationTimes {
  return timesBy((name) => Number(requireVariable(environment[name])));
}
