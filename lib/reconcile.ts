import { Duration, Validations } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { Function as Lambda } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { environment } from "../functions/contract/environment.ts";
import { movementsTable } from "../functions/contract/tables.ts";
import type { CapabilityProps } from "./consumers.ts";
import { ServiceFunction } from "./service-function.ts";

const runsEvery = Duration.hours(1);

/** Compares the table with its history, part by part, for ever; it may read both and write its own position alone. */
export class Reconcile extends Construct {
  readonly walker: Lambda;

  constructor(scope: Construct, id: string, { storage, alarms, metrics, settings }: CapabilityProps) {
    super(scope, id);
    const walker = new ServiceFunction(this, "ReconcileLevels", {
      entry: "reconcile/reconcile-levels.handler.ts",
      timeout: Duration.minutes(10),
      memoryMb: 1_769,
      runsEvery,
      alarms,
      metrics,
      settings,
    });
    this.walker = walker.lambda;
    walker.useTable(environment.inventoryTable, storage.inventory, [
      "dynamodb:Scan",
      "dynamodb:Query",
      "dynamodb:GetItem",
      "dynamodb:BatchGetItem",
    ]);
    walker.useTable(
      environment.movementsTable,
      storage.movements,
      ["dynamodb:Query"],
      movementsTable.indexes.byReservation.indexName,
    );
    walker.useTable(environment.viewsTable, storage.views, ["dynamodb:GetItem", "dynamodb:PutItem"]);

    const rule = new Rule(this, "Schedule", {
      description: "Inventory service: the next part of the table is compared with its history",
      schedule: Schedule.rate(runsEvery),
      targets: [new LambdaFunction(walker.lambda)],
    });
    Validations.of(rule).acknowledge({
      id: "Serverless-EventBusDLQ",
      reason: "Its events say nothing but that it is time: the next run goes on where the last one stopped.",
    });
    alarms.add(this, "Differences", {
      metric: metrics.metric("reconcileDifferences", "Sum"),
      threshold: 1,
      periods: 1,
      means: "A level or a reservation does not agree with its movements.",
      section: "reconcile-differences",
    });
  }
}
