import { type OperationId, routeKeyOf, routes } from "../contract/routes.ts";

const operations: ReadonlyMap<string, OperationId> = new Map(
  (Object.keys(routes) as OperationId[]).map((operationId) => [routeKeyOf(routes[operationId]), operationId]),
);

/** The operation that the gateway's route key names, or null when there is none. */
export function operationOf(routeKey: string): OperationId | null {
  return operations.get(routeKey) ?? null;
}
