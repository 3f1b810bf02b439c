import { environment, requireVariable } from "../contract/environment.ts";
import type { SettingsMessage } from "../messaging/messages.ts";
import { done, queueConsumer } from "../queue-consumer.ts";
import { documentClient } from "../storage/client.ts";
import { systemRuntime } from "../system-runtime.ts";
import { telemetryOf } from "../telemetry.ts";
import { applySettings } from "./apply-settings.ts";
import type { CatalogueServices } from "./services.ts";

const telemetry = telemetryOf("apply-settings");
const services: CatalogueServices = {
  client: documentClient(),
  tables: { inventory: requireVariable(environment.inventoryTable) },
  runtime: systemRuntime,
  observe: telemetry.observe,
};

export const handler = queueConsumer<SettingsMessage>(telemetry, async ({ sku }, { budgetEndsAtMs }) => {
  const applied = await applySettings(services, { sku, budgetEndsAtMs });
  return applied.kind === "applied" ? done : { kind: "retry", reason: "Levels still carry older settings." };
});
