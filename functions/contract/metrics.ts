/**
 * The metrics of the service, each name once: the functions write them, the dashboard and the alarms read them. What
 * AWS measures by itself (ages of streams and queues, errors, throttles, latency) is taken from there.
 *
 * CloudWatch bills each name with each set of dimension values; so there is one dimension for the deployment, and at
 * most one more, of few values that are all listed here.
 */

export const metricNamespace = "InventoryService";

/** Tells deployments of one account apart; its value is the environment variable `DEPLOYMENT`. */
export const deploymentDimension = "Deployment";

/** What came of a reservation: the state that a write brought it to, or why none was made. */
export const reservationOutcomes = [
  "held",
  "committed",
  "fulfilled",
  "released",
  "expired",
  "out-of-stock",
  "refused",
  "contention",
] as const;
export type ReservationOutcome = (typeof reservationOutcomes)[number];

/** Who ended a hold whose deadline had passed: its message, the table's time to live, or a caller who came late. */
export const expiryWays = ["deadline", "time-to-live", "request"] as const;

/** The functions, as their lines in the log and their cold starts are named. */
export const functionNames = [
  "storefront",
  "back-office",
  "documents",
  "publish-changes",
  "write-audit",
  "send-alerts",
  "expire-reservations",
  "release-expired",
  "allocate-backorders",
  "apply-settings",
  "refresh-views",
  "reconcile-levels",
] as const;
export type ServiceName = (typeof functionNames)[number];

export interface MetricDescription {
  readonly name: string;
  readonly unit: "Count" | "Milliseconds";
  /** The dimension beside the deployment, with all its values; null for none. */
  readonly by: { readonly dimension: string; readonly values: readonly string[] } | null;
}

export const metrics = {
  reservations: { name: "Reservations", unit: "Count", by: { dimension: "Outcome", values: reservationOutcomes } },
  /** Writes that met another transaction. */
  conflicts: { name: "TransactionConflicts", unit: "Count", by: null },
  /** Writes that were sent again after a conflict, throttling or a lost answer. */
  retries: { name: "Retries", unit: "Count", by: null },
  /** From a hold's deadline to its end. */
  expiryLag: { name: "ExpiryLag", unit: "Milliseconds", by: { dimension: "Way", values: expiryWays } },
  alertsSent: { name: "AlertsSent", unit: "Count", by: null },
  coldStarts: { name: "ColdStarts", unit: "Count", by: { dimension: "Function", values: functionNames } },
  /** Levels that reconcile came to a verdict on. */
  levelsChecked: { name: "LevelsChecked", unit: "Count", by: null },
  /** Levels and reservations that reconcile came to no verdict on. */
  levelsUndecided: { name: "LevelsUndecided", unit: "Count", by: null },
  /** Levels and reservations that do not agree with their movements. */
  reconcileDifferences: { name: "ReconcileDifferences", unit: "Count", by: null },
} as const satisfies Record<string, MetricDescription>;

export type MetricId = keyof typeof metrics;

type ByOf<Id extends MetricId> = (typeof metrics)[Id]["by"];

/** The value of a metric's own dimension; nothing for a metric that has none. */
export type DimensionOf<Id extends MetricId> =
  ByOf<Id> extends { readonly values: readonly (infer Value)[] } ? readonly [value: Value] : readonly [];
