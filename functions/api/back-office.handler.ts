import { environment, requireVariable } from "../contract/environment.ts";
import { timesOfDeployment } from "../reservations/times.ts";
import { Answers } from "../storage/answers.ts";
import { documentClient } from "../storage/client.ts";
import { systemRuntime } from "../system-runtime.ts";
import { telemetryOf } from "../telemetry.ts";
import { backOfficeHandler } from "./back-office.ts";

const telemetry = telemetryOf("back-office");
const client = documentClient();
const tables = {
  inventory: requireVariable(environment.inventoryTable),
  movements: requireVariable(environment.movementsTable),
  views: requireVariable(environment.viewsTable),
};

export const handler = backOfficeHandler(
  {
    client,
    tables,
    runtime: systemRuntime,
    observe: telemetry.observe,
    times: timesOfDeployment(),
  },
  { answers: new Answers(client, tables.inventory), telemetry },
);
