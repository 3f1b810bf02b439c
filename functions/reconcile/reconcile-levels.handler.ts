import { environment, requireVariable } from "../contract/environment.ts";
import { documentClient } from "../storage/client.ts";
import { systemRuntime } from "../system-runtime.ts";
import { telemetryOf } from "../telemetry.ts";
import { reconcileLevels } from "./reconcile-levels.ts";

const telemetry = telemetryOf("reconcile-levels");

export const handler = reconcileLevels(
  {
    client: documentClient(),
    tables: {
      inventory: requireVariable(environment.inventoryTable),
      movements: requireVariable(environment.movementsTable),
      views: requireVariable(environment.viewsTable),
    },
    runtime: systemRuntime,
  },
  telemetry,
);
