import { environment, requireVariable } from "../contract/environment.ts";
import { documentClient } from "../storage/client.ts";
import { systemRuntime } from "../system-runtime.ts";
import type { EndingServices } from "./services.ts";
import { timesOfDeployment } from "./times.ts";

/** What the ending of holds needs, as the function's environment says. */
export function endingServices({ observe }: Pick<EndingServices, "observe">): EndingServices {
  return {
    client: documentClient(),
    tables: { inventory: requireVariable(environment.inventoryTable) },
    runtime: systemRuntime,
    observe,
    times: timesOfDeployment(),
  };
}
