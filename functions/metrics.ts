/**
 * Metrics by CloudWatch's embedded metric format: lines of JSON on the standard output, which CloudWatch counts as they
 * come in. No call is made, and what one invocation counts is written together.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import {
  type DimensionOf,
  deploymentDimension,
  type MetricDescription,
  type MetricId,
  metricNamespace,
  metrics,
} from "./contract/metrics.ts";

export interface Metrics {
  add<Id extends MetricId>(id: Id, value: number, ...dimension: DimensionOf<Id>): void;
}

/** CloudWatch takes at most so many values of a metric in one line. */
const mostValues = 100;

/** The metrics of one value of a dimension, or of the deployment alone. */
interface Group {
  readonly dimension: string | null;
  readonly value: string;
  readonly metrics: Map<MetricId, number[]>;
}

export class EmbeddedMetrics implements Metrics {
  private readonly deployment: string;
  private readonly write: (line: string) => void;
  private readonly groups = new Map<string, Group>();

  constructor(deployment: string, write: (line: string) => void) {
    this.deployment = deployment;
    this.write = write;
  }

  add<Id extends MetricId>(id: Id, value: number, ...[dimensionValue]: DimensionOf<Id>): void {
    const { unit, by }: MetricDescription = metrics[id];
    const dimension = by?.dimension ?? null;
    const name = `${dimension}=${dimensionValue}`;
    const group = this.groups.get(name) ?? { dimension, value: String(dimensionValue), metrics: new Map() };
    this.groups.set(name, group);
    const values = group.metrics.get(id);
    if (values === undefined) {
      group.metrics.set(id, [value]);
    } else if (unit === "Count") {
      values[0] = (values[0] ?? 0) + value;
    } else {
      values.push(value);
      if (values.length === mostValues) {
        this.flush();
      }
    }
  }

  /** Writes what was counted since the last time, in as few lines as can be: one line has one value of each dimension. */
  flush(): void {
    while (this.groups.size > 0) {
      const together = new Map<string | null, Group>();
      for (const [name, group] of this.groups) {
        if (!together.has(group.dimension)) {
          together.set(group.dimension, group);
          this.groups.delete(name);
        }
      }
      this.write(this.lineOf([...together.values()]));
    }
  }

  private lineOf(groups: readonly Group[]): string {
    const root: Record<string, unknown> = { [deploymentDimension]: this.deployment };
    const directives = groups.map((group) => {
      if (group.dimension !== null) {
        root[group.dimension] = group.value;
      }
      const described = [...group.metrics].map(([id, values]) => {
        const { name, unit } = metrics[id];
        root[name] = values.length === 1 ? values[0] : values;
        return { Name: name, Unit: unit };
      });
      return {
        Namespace: metricNamespace,
        Dimensions: [[deploymentDimension, ...(group.dimension === null ? [] : [group.dimension])]],
        Metrics: described,
      };
    });
    return JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics: directives }, ...root });
  }
}
