/** The inventory service as a CDK construct. */
export type { QueueName } from "../functions/contract/queues.ts";
export { accessVariables } from "./api-access.ts";
export type { ApiClient, ClientPool } from "./client-pool.ts";
export { InventoryService, type InventoryServiceProps } from "./inventory-service.ts";
export type { FunctionName } from "./service-function.ts";
export type { RequestsPerSecond, RestoredTables, ServiceSettings, Stage, TokenIssuer } from "./settings.ts";
export type { WorkQueue } from "./work-queue.ts";
