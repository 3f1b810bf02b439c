/** The inventory service as a CDK construct. */
export { accessVariables } from "./api-access.ts";
export type { ApiClient, ClientPool } from "./client-pool.ts";
export {
  type FunctionName,
  InventoryService,
  type InventoryServiceProps,
  type QueueName,
} from "./inventory-service.ts";
export type { RequestsPerSecond, RestoredTables, ServiceSettings, Stage, TokenIssuer } from "./settings.ts";
export type { WorkQueue } from "./work-queue.ts";
