import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { type IMetric, MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import {
  AttributeType,
  BillingMode,
  type ITable,
  Operation,
  ProjectionType,
  StreamViewType,
  Table,
  type WarmThroughput,
} from "aws-cdk-lib/aws-dynamodb";
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { inventoryTable, movementsTable, viewsTable } from "../functions/contract/tables.ts";
import type { Alarms } from "./alarms.ts";
import type { Settings } from "./settings.ts";

/** Of a new table that is paid by request; less cannot be asked for. */
const leastWrites = 4_000;
const leastReads = 12_000;

/**
 * What the tables are to take at once: a reservation of one line is 4 write units, and then a movement, with its entry
 * in the index, and a refreshed summary. Hashed keys fill partitions unevenly, hence twice as many.
 */
function warmThroughputs(reservationsPerSecond: number | null) {
  const unitsFor = (writes: number): { readonly warmThroughput?: WarmThroughput } =>
    reservationsPerSecond === null
      ? {}
      : {
          warmThroughput: {
            writeUnitsPerSecond: Math.max(leastWrites, 2 * writes * reservationsPerSecond),
            readUnitsPerSecond: Math.max(leastReads, 2 * reservationsPerSecond),
          },
        };
  return { inventory: unitsFor(4), movements: unitsFor(1), views: unitsFor(1) };
}

/**
 * Refuses these actions to everybody, whatever their own policies say. In the policy of a table the table itself can
 * only be called `*`: its name is made by CloudFormation, and a resource cannot refer to itself.
 */
function refusal(actions: readonly string[], conditions: Record<string, unknown> = {}): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [...actions],
    resources: ["*"],
    conditions,
  });
}

/** DynamoDB answers plain HTTP as well. */
const refusePlainHttp = () => refusal(["dynamodb:*"], { Bool: { "aws:SecureTransport": "false" } });

/**
 * What changes or removes an item that is there; a batch can be told neither to put if absent nor to put only. Those
 * who may change the policy itself are not refused that: a movement is removed by lifting the policy first.
 */
const refuseRewriting = () =>
  refusal([
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
  ]);

/** The stateful part of the service. A test refuses changes that would replace or delete a table. */
export class Storage extends Construct {
  readonly inventory: ITable;
  readonly movements: ITable;
  readonly views: ITable;

  constructor(
    scope: Construct,
    id: string,
    {
      protect,
      warmReservationsPerSecond,
      restored,
    }: Pick<Settings, "protect" | "warmReservationsPerSecond" | "restored">,
  ) {
    super(scope, id);
    const common = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: protect,
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    const warm = warmThroughputs(warmReservationsPerSecond);
    const text = (name: string) => ({ name, type: AttributeType.STRING });
    const number = (name: string) => ({ name, type: AttributeType.NUMBER });

    const inventory = new Table(this, "Inventory", {
      ...common,
      ...warm.inventory,
      resourcePolicy: new PolicyDocument({ statements: [refusePlainHttp()] }),
      partitionKey: text(inventoryTable.partitionKey),
      sortKey: text(inventoryTable.sortKey),
      timeToLiveAttribute: inventoryTable.timeToLive,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
    });

    const movements = new Table(this, "Movements", {
      ...common,
      ...warm.movements,
      resourcePolicy: new PolicyDocument({ statements: [refusePlainHttp(), refuseRewriting()] }),
      partitionKey: text(movementsTable.partitionKey),
      sortKey: number(movementsTable.sortKey),
    });
    const { byReservation } = movementsTable.indexes;
    movements.addGlobalSecondaryIndex({
      ...warm.movements,
      indexName: byReservation.indexName,
      partitionKey: text(byReservation.partitionKey),
      sortKey: number(byReservation.sortKey),
      projectionType: ProjectionType.ALL,
    });

    const views = new Table(this, "Views", {
      ...common,
      ...warm.views,
      resourcePolicy: new PolicyDocument({ statements: [refusePlainHttp()] }),
      partitionKey: text(viewsTable.partitionKey),
      sortKey: text(viewsTable.sortKey),
      timeToLiveAttribute: viewsTable.timeToLive,
    });
    const { alertsByStatus } = viewsTable.indexes;
    views.addGlobalSecondaryIndex({
      indexName: alertsByStatus.indexName,
      partitionKey: text(alertsByStatus.partitionKey),
      sortKey: number(alertsByStatus.sortKey),
      projectionType: ProjectionType.ALL,
    });

    // Restored tables take the place of the stack's own for all who use them, while those stay as they are.
    const { inventoryStreamArn: tableStreamArn, movementsTableName, viewsTableName } = restored;
    this.inventory =
      tableStreamArn === undefined
        ? inventory
        : Table.fromTableAttributes(this, "RestoredInventory", {
            tableArn: tableStreamArn.replace(/\/stream\/.*$/, ""),
            tableStreamArn,
          });
    this.movements =
      movementsTableName === undefined ? movements : Table.fromTableName(this, "RestoredMovements", movementsTableName);
    this.views = viewsTableName === undefined ? views : Table.fromTableName(this, "RestoredViews", viewsTableName);
  }

  /** Requests of a table that were throttled, minute by minute; those of its indexes are counted elsewhere. */
  throttles(table: ITable): IMetric {
    const events = (metricName: string) => table.metric(metricName, { period: Duration.minutes(1), statistic: "Sum" });
    const { id } = table.node;
    return new MathExpression({
      expression: `FILL(reads${id}, 0) + FILL(writes${id}, 0)`,
      usingMetrics: {
        [`reads${id}`]: events("ReadThrottleEvents"),
        [`writes${id}`]: events("WriteThrottleEvents"),
      },
      label: id,
      period: Duration.minutes(1),
    });
  }

  /** Requests that failed inside DynamoDB. */
  systemErrors(table: ITable, operations: readonly Operation[]): IMetric {
    return table.metricSystemErrorsForOperations({ operations: [...operations], period: Duration.minutes(1) });
  }

  watch(alarms: Alarms): void {
    const used: readonly (readonly [ITable, readonly Operation[]])[] = [
      [
        this.inventory,
        [Operation.TRANSACT_WRITE_ITEMS, Operation.UPDATE_ITEM, Operation.GET_ITEM, Operation.BATCH_GET_ITEM],
      ],
      [this.movements, [Operation.PUT_ITEM, Operation.QUERY]],
      [this.views, [Operation.PUT_ITEM, Operation.UPDATE_ITEM, Operation.BATCH_GET_ITEM, Operation.QUERY]],
    ];
    for (const [table, operations] of used) {
      const { id } = table.node;
      alarms.add(table, "Throttles", {
        metric: this.throttles(table),
        threshold: 10,
        periods: 5,
        means: `DynamoDB throttles requests of the table ${id}.`,
        section: "table-throttles",
      });
      alarms.add(table, "SystemErrors", {
        metric: this.systemErrors(table, operations),
        threshold: 5,
        periods: 5,
        means: `DynamoDB fails to answer requests of the table ${id}.`,
        section: "table-errors",
      });
    }
  }
}
