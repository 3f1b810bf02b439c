import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

/** A section of `docs/runbook.md`: what an alarm means, what to look at, what to do. */
export type RunbookSection =
  | "dead-letters"
  | "queue-age"
  | "stream-age"
  | "late-expiry"
  | "function-errors"
  | "function-throttles"
  | "undelivered-records"
  | "api-errors"
  | "contention"
  | "slow-reservations"
  | "table-throttles"
  | "table-errors"
  | "reconcile-differences";

export interface AlarmSettings {
  readonly metric: IMetric;
  readonly threshold: number;
  /** Periods of the metric in a row for which it must hold. */
  readonly periods: number;
  readonly means: string;
  readonly section: RunbookSection;
}

/** Makes alarms that all say what they mean and link to their section of the runbook. */
export class Alarms extends Construct {
  private readonly action: IAlarmAction | null;

  constructor(scope: Construct, id: string, { topic }: { readonly topic: ITopic | undefined }) {
    super(scope, id);
    this.action = topic === undefined ? null : new SnsAction(topic);
  }

  add(scope: Construct, id: string, { metric, threshold, periods, means, section }: AlarmSettings): Alarm {
    const alarm = new Alarm(scope, id, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${means} See docs/runbook.md#${section}.`,
    });
    if (this.action !== null) {
      alarm.addAlarmAction(this.action);
      alarm.addOkAction(this.action);
    }
    return alarm;
  }
}
