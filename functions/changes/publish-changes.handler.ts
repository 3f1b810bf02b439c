import { environment, requireVariable } from "../contract/environment.ts";
import { queueClient, sendAll } from "../messaging/queue.ts";
import { systemRuntime } from "../system-runtime.ts";
import { telemetryOf } from "../telemetry.ts";
import { publishChanges } from "./publish-changes.ts";

const client = queueClient();

export const handler = publishChanges({
  queues: {
    audit: requireVariable(environment.auditQueueUrl),
    alerts: requireVariable(environment.alertsQueueUrl),
    views: requireVariable(environment.viewsQueueUrl),
    settings: requireVariable(environment.settingsQueueUrl),
    backorders: requireVariable(environment.backordersQueueUrl),
    deadlines: requireVariable(environment.deadlinesQueueUrl),
    expired: requireVariable(environment.expiredQueueUrl),
  },
  send: async (queueUrl, messages) => await sendAll(client, queueUrl, messages),
  runtime: systemRuntime,
  telemetry: telemetryOf("publish-changes"),
});
