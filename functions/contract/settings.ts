/**
 * What a deployment may set, with the bounds and the default of each figure: one source for the construct, the CDK
 * context, its documentation and the functions.
 */
export interface Figure {
  readonly least: number;
  readonly most: number;
  readonly usual: number;
}

const daySeconds = 86_400;

/** How long reservations are held and their records kept, in seconds. */
export const reservationTimes = {
  /** From now to the deadline of a hold whose request does not say. */
  usualHoldSeconds: { least: 1, most: daySeconds, usual: 1_800 },
  /** From a hold's creation to its last possible deadline, however often it is extended. */
  longestHoldSeconds: { least: 60, most: daySeconds, usual: daySeconds },
  /** From a hold's deadline to its time to live: the table deletes it only after the prompt ways had their time. */
  expiryGraceSeconds: { least: 0, most: daySeconds, usual: 3_600 },
  /** From the end of a released or expired reservation to its time to live. */
  endedRetentionSeconds: { least: daySeconds, most: 3_650 * daySeconds, usual: 30 * daySeconds },
  /** From the fulfilment of an order to its time to live; returns need the record. */
  fulfilledRetentionSeconds: { least: daySeconds, most: 3_650 * daySeconds, usual: 400 * daySeconds },
} as const satisfies Record<string, Figure>;

/** How many holds one customer may have open. Any number is usual. */
export const mostOpenHolds = { least: 1, most: 100 } as const;
