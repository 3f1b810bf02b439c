/** That the dashboard and the alarms look at metrics which somebody writes, and at every part of the service. */
import { describe, expect, it } from "vitest";
import {
  deploymentDimension,
  type MetricDescription,
  metricNamespace,
  metrics,
} from "../../functions/contract/metrics.ts";
import { prod } from "./synthesised.ts";

const described: readonly MetricDescription[] = Object.values(metrics);

/** What every function is told to write as its deployment. */
const [deployment] = new Set(
  prod.of("AWS::Lambda::Function").map(([, { Properties }]) => Properties.Environment.Variables.DEPLOYMENT as string),
);

interface Shown {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A text with the logical ids in the place of what they stand for. */
function withIds(value: unknown): string {
  const {
    "Fn::Join": joined,
    Ref,
    "Fn::GetAtt": attribute,
  } = value as {
    readonly "Fn::Join"?: readonly [string, readonly unknown[]];
    readonly Ref?: string;
    readonly "Fn::GetAtt"?: readonly [string, string];
  };
  return typeof value === "string" ? value : (joined?.[1].map(withIds).join("") ?? Ref ?? attribute?.[0] ?? "");
}

type Row = readonly (string | { readonly expression?: string })[];

const [[, dashboard] = []] = prod.of("AWS::CloudWatch::Dashboard");
const body = JSON.parse(withIds(dashboard?.Properties.DashboardBody)) as {
  readonly widgets: readonly { readonly properties: { readonly title?: string; readonly metrics?: readonly Row[] } }[];
};
const shown: readonly Shown[] = body.widgets
  .flatMap(({ properties }) => properties.metrics ?? [])
  .flatMap((row) => {
    const [namespace, name, ...pairs] = row.filter((part) => typeof part === "string");
    const dimensions = Object.fromEntries(
      pairs.flatMap((part, at) => (at % 2 === 0 ? [[part, pairs[at + 1] ?? ""]] : [])),
    );
    return namespace === undefined || name === undefined ? [] : [{ namespace, name, dimensions }];
  });

const watched: readonly Shown[] = prod.of("AWS::CloudWatch::Alarm").flatMap(([, { Properties }]) => {
  const plain = Properties.MetricName === undefined ? [] : [Properties];
  const ofExpression = (Properties.Metrics ?? []).flatMap((each: { MetricStat?: { Metric: object } }) =>
    each.MetricStat === undefined ? [] : [each.MetricStat.Metric],
  );
  return [...plain, ...ofExpression].map(({ Namespace, MetricName, Dimensions }) => ({
    namespace: Namespace,
    name: MetricName,
    dimensions: Object.fromEntries(
      Dimensions.map(({ Name, Value }: { Name: string; Value: unknown }) => [Name, withIds(Value)]),
    ),
  }));
});

/** The metrics of the service's own, each with each value of its dimension. */
const written = described.flatMap(({ name, by }) =>
  (by?.values ?? [undefined]).map((value) => ({
    namespace: metricNamespace,
    name,
    dimensions: { [deploymentDimension]: deployment, ...(by === null ? {} : { [by.dimension]: value }) },
  })),
);

describe("the dashboard", () => {
  it("has no name of its own, so that two services can be in one account", () => {
    expect(prod.of("AWS::CloudWatch::Dashboard")).toHaveLength(1);
    expect(dashboard?.Properties.DashboardName).toBeUndefined();
  });

  it("shows every metric that the functions write, with every value of its dimension", () => {
    expect(shown).toEqual(expect.arrayContaining(written));
  });

  it("shows errors and throttles of every function", () => {
    for (const [id] of prod.of("AWS::Lambda::Function")) {
      const ofFunction = shown.filter(({ dimensions }) => dimensions["FunctionName"] === id).map(({ name }) => name);
      expect([id, ofFunction]).toEqual([id, expect.arrayContaining(["Errors", "Throttles"])]);
    }
    expect(shown.map(({ name }) => name)).toContain("IteratorAge");
  });

  it("shows the age of every queue of work, and the letters in every queue of dead ones", () => {
    for (const [id] of prod.of("AWS::SQS::Queue")) {
      const names = shown.filter(({ dimensions }) => dimensions["QueueName"] === id).map(({ name }) => name);
      const isDead = id.includes("DeadLetters");
      expect([id, names]).toEqual([
        id,
        [isDead ? "ApproximateNumberOfMessagesVisible" : "ApproximateAgeOfOldestMessage"],
      ]);
    }
  });

  it("shows what every table uses, and what it throttles", () => {
    for (const [id] of prod.of("AWS::DynamoDB::Table")) {
      const names = shown.filter(({ dimensions }) => dimensions["TableName"] === id).map(({ name }) => name);
      expect(names).toEqual(
        expect.arrayContaining([
          "ConsumedReadCapacityUnits",
          "ConsumedWriteCapacityUnits",
          "ReadThrottleEvents",
          "WriteThrottleEvents",
        ]),
      );
    }
  });
});

describe("a metric of the service's own", () => {
  it("that the dashboard or an alarm looks at is one that the functions write", () => {
    const own = [...shown, ...watched].filter(({ namespace }) => namespace === metricNamespace);
    expect(own.length).toBeGreaterThan(written.length);
    for (const each of own) {
      expect(written).toContainEqual(each);
    }
  });

  it("has at most one dimension beside the deployment, and few values, because each of them is paid for", () => {
    expect(written.length).toBeLessThanOrEqual(30);
  });
});

describe("an alarm", () => {
  it.each(["LateExpiry", "LostDeadlines", "Contention", "SlowReservations", "Differences"])(
    "%s is there once",
    (name) => {
      expect(prod.of("AWS::CloudWatch::Alarm").filter(([id]) => id.includes(name))).toHaveLength(1);
    },
  );

  it("watches the throttles and the failures of every table", () => {
    for (const [id] of prod.of("AWS::DynamoDB::Table")) {
      const names = watched.filter(({ dimensions }) => dimensions["TableName"] === id).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(["ReadThrottleEvents", "WriteThrottleEvents", "SystemErrors"]));
    }
  });

  it("of a run that the clock starts rings when two runs in a row have failed, and not only when five minutes have", () => {
    const [, { Properties }] = prod.one("AWS::CloudWatch::Alarm", "ServiceReconcileReconcileLevelsErrors");
    expect(Properties).toMatchObject({ Period: 3_600, EvaluationPeriods: 2, Threshold: 1 });
  });
});
