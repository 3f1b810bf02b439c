import { LocationDirectory } from "../catalogue/location-directory.ts";
import { environment, requireVariable } from "../contract/environment.ts";
import { allocationStrategyOf } from "../domain/allocation.ts";
import { HotLevels } from "../reservations/hot-levels.ts";
import { timesOfDeployment } from "../reservations/times.ts";
import { Answers } from "../storage/answers.ts";
import { documentClient } from "../storage/client.ts";
import { systemRuntime } from "../system-runtime.ts";
import { telemetryOf } from "../telemetry.ts";
import { storefrontHandler } from "./storefront.ts";

const telemetry = telemetryOf("storefront");
const client = documentClient();
const tables = {
  inventory: requireVariable(environment.inventoryTable),
  views: requireVariable(environment.viewsTable),
};

export const handler = storefrontHandler(
  {
    client,
    tables,
    runtime: systemRuntime,
    observe: telemetry.observe,
    locations: new LocationDirectory(client, tables.inventory, systemRuntime),
    hotLevels: new HotLevels({ client, table: tables.inventory, runtime: systemRuntime }),
    times: timesOfDeployment(),
    defaultAllocation: allocationStrategyOf(requireVariable(environment.defaultAllocation)),
    mostOpenHolds: Number(requireVariable(environment.mostOpenHolds)) || null,
  },
  { answers: new Answers(client, tables.inventory), telemetry },
);
