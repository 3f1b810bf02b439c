import { Duration } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import {
  type DimensionOf,
  deploymentDimension,
  type MetricDescription,
  type MetricId,
  metricNamespace,
  metrics,
} from "../functions/contract/metrics.ts";

/** The metrics that the functions of one deployment write, as alarms and dashboards take them. */
export class ServiceMetrics {
  /** As the functions name it. */
  readonly deployment: string;

  constructor(deployment: string) {
    this.deployment = deployment;
  }

  /** Minute by minute; a sum, unless it is said otherwise. */
  metric<Id extends MetricId>(id: Id, statistic: string, ...[value]: DimensionOf<Id>): Metric {
    const { name, by }: MetricDescription = metrics[id];
    return new Metric({
      namespace: metricNamespace,
      metricName: name,
      dimensionsMap: {
        [deploymentDimension]: this.deployment,
        ...(by === null ? {} : { [by.dimension]: String(value) }),
      },
      period: Duration.minutes(1),
      statistic,
    });
  }
}
