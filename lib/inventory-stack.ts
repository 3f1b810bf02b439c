import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { InventoryService, type InventoryServiceProps } from "./inventory-service.ts";

/** One stack with the whole service. */
export class InventoryStack extends Stack {
  readonly service: InventoryService;

  constructor(scope: Construct, id: string, props: InventoryServiceProps) {
    super(scope, id, { description: "Inventory service: stock, reservations, audit trail and alerts" });
    this.service = new InventoryService(this, "Service", props);
  }
}
