import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { inventoryTable, movementsTable, viewsTable } from "../functions/contract/tables.ts";

export interface StorageProps {
  /** True: the tables outlive the stack and cannot be deleted by accident. */
  readonly protect: boolean;
}

/** The stateful part of the service. Its logical ids are pinned by a test, so that no change can replace a table. */
export class Storage extends Construct {
  readonly inventory: Table;
  readonly movements: Table;
  readonly views: Table;

  constructor(scope: Construct, id: string, { protect }: StorageProps) {
    super(scope, id);
    const common = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: protect,
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    const text = (name: string) => ({ name, type: AttributeType.STRING });
    const number = (name: string) => ({ name, type: AttributeType.NUMBER });

    this.inventory = new Table(this, "Inventory", {
      ...common,
      partitionKey: text(inventoryTable.partitionKey),
      sortKey: text(inventoryTable.sortKey),
      timeToLiveAttribute: inventoryTable.timeToLive,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
    });

    this.movements = new Table(this, "Movements", {
      ...common,
      partitionKey: text(movementsTable.partitionKey),
      sortKey: number(movementsTable.sortKey),
    });
    const { byReservation } = movementsTable.indexes;
    this.movements.addGlobalSecondaryIndex({
      indexName: byReservation.indexName,
      partitionKey: text(byReservation.partitionKey),
      sortKey: number(byReservation.sortKey),
      projectionType: ProjectionType.ALL,
    });

    this.views = new Table(this, "Views", {
      ...common,
      partitionKey: text(viewsTable.partitionKey),
      sortKey: text(viewsTable.sortKey),
      timeToLiveAttribute: viewsTable.timeToLive,
    });
    const { alertsByStatus } = viewsTable.indexes;
    this.views.addGlobalSecondaryIndex({
      indexName: alertsByStatus.indexName,
      partitionKey: text(alertsByStatus.partitionKey),
      sortKey: number(alertsByStatus.sortKey),
      projectionType: ProjectionType.ALL,
    });
  }
}
