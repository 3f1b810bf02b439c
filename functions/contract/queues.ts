/** The queues of the service by their names, each with the variable by which its senders know it. */
import { environment } from "./environment.ts";

export const queueVariables = {
  audit: environment.auditQueueUrl,
  alerts: environment.alertsQueueUrl,
  deadlines: environment.deadlinesQueueUrl,
  expired: environment.expiredQueueUrl,
  backorders: environment.backordersQueueUrl,
  settings: environment.settingsQueueUrl,
  views: environment.viewsQueueUrl,
} as const;

export type QueueName = keyof typeof queueVariables;
export const queueNames = Object.keys(queueVariables) as readonly QueueName[];
