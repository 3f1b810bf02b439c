/**
 * Names of the environment variables. The construct that grants a permission sets the variable,
 * and the function reads it by the same constant.
 */
export const environment = {
  /** Names this deployment in its metrics. */
  deployment: "DEPLOYMENT",
  inventoryTable: "INVENTORY_TABLE",
  movementsTable: "MOVEMENTS_TABLE",
  viewsTable: "VIEWS_TABLE",
  auditQueueUrl: "AUDIT_QUEUE_URL",
  alertsQueueUrl: "ALERTS_QUEUE_URL",
  deadlinesQueueUrl: "DEADLINES_QUEUE_URL",
  expiredQueueUrl: "EXPIRED_QUEUE_URL",
  backordersQueueUrl: "BACKORDERS_QUEUE_URL",
  settingsQueueUrl: "SETTINGS_QUEUE_URL",
  viewsQueueUrl: "VIEWS_QUEUE_URL",
  alertsTopicArn: "ALERTS_TOPIC_ARN",
  /** How long reservations are held and kept (`contract/settings.ts`). */
  usualHoldSeconds: "USUAL_HOLD_SECONDS",
  longestHoldSeconds: "LONGEST_HOLD_SECONDS",
  expiryGraceSeconds: "EXPIRY_GRACE_SECONDS",
  endedRetentionSeconds: "ENDED_RETENTION_SECONDS",
  fulfilledRetentionSeconds: "FULFILLED_RETENTION_SECONDS",
  /** How stock is chosen where a request does not say. */
  defaultAllocation: "DEFAULT_ALLOCATION",
  /** How many holds one customer may have open; 0 for any number. */
  mostOpenHolds: "MOST_OPEN_HOLDS",
} as const;

export type EnvironmentVariable = (typeof environment)[keyof typeof environment];

/** Reads a variable; a missing one is a defect of the deployment and throws at the function's start. */
export function requireVariable(name: EnvironmentVariable): string {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(`The environment variable ${name} is not set.`);
  }
  return value;
}
