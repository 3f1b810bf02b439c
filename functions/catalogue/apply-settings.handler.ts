import { Logger } from "@aws-lambda-powertools/logger";
import { environment, requireVariable } from "../contract/environment.ts";
import type { SettingsMessage } from "../messaging/messages.ts";
import { done, queueConsumer } from "../queue-consumer.ts";
import { documentClient } from "../storage/client.ts";
import { systemRuntime } from "../system-runtime.ts";
import { applySettings } from "./apply-settings.ts";
import type { CatalogueServices } from "./services.ts";

const services: CatalogueServices = {
  client: documentClient(),
  tables: { inventory: requireVariable(environment.inventoryTable) },
  runtime: systemRuntime,
};

export const handler = queueConsumer<SettingsMessage>(
  new Logger({ serviceName: "apply-settings" }),
  async ({ sku }, { budgetEndsAtMs }) => {
    const applied = await applySettings(services, { sku, budgetEndsAtMs });
    return applied.kind === "applied" ? done : { kind: "retry", reason: "Levels still carry older settings." };
  },
);
