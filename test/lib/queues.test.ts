/** The queues and the mappings of event sources to functions. */
import { describe, expect, it } from "vitest";
import { matchesPattern } from "../../local/filter-pattern.ts";
import { prod, shortOf } from "./synthesised.ts";

const queues = prod.of("AWS::SQS::Queue");
const workQueues = queues.filter(([id]) => !shortOf(id).endsWith("DeadLetters"));
const deadLetterQueues = queues.filter(([id]) => shortOf(id).endsWith("DeadLetters"));
const mappings = prod.of("AWS::Lambda::EventSourceMapping");
const queueMappings = mappings.filter(([, { Properties }]) => Properties.EventSourceArn["Fn::GetAtt"][1] === "Arn");
const functions = new Map(prod.of("AWS::Lambda::Function"));

describe("a queue", () => {
  it("of each of the seven kinds of work is there", () => {
    expect(workQueues.map(([id]) => shortOf(id)).sort()).toEqual([
      "AlertsQueue",
      "AuditQueue",
      "BackordersQueue",
      "ExpiryDeadlinesQueue",
      "ExpiryExpiredQueue",
      "SettingsQueue",
      "ViewsQueue",
    ]);
  });

  it.each(workQueues)("%s gives up after 5 to 10 tries and puts the message into a queue of its own", (id, queue) => {
    const { deadLetterTargetArn, maxReceiveCount } = queue.Properties.RedrivePolicy;
    const place = shortOf(id).replace(/Queue$/, "");
    expect(shortOf(deadLetterTargetArn["Fn::GetAtt"][0])).toBe(`${place}DeadLetters`);
    expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
    expect(maxReceiveCount).toBeLessThanOrEqual(10);
  });

  it.each(deadLetterQueues)("%s raises an alarm with the first message that comes into it", (id) => {
    const alarms = prod
      .of("AWS::CloudWatch::Alarm")
      .filter(([, { Properties }]) => Properties.Dimensions?.[0].Value["Fn::GetAtt"]?.[0] === id);
    expect(alarms.map(([, { Properties }]) => Properties)).toMatchObject([
      {
        Namespace: "AWS/SQS",
        MetricName: "ApproximateNumberOfMessagesVisible",
        Threshold: 1,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        EvaluationPeriods: 1,
      },
    ]);
  });

  it.each(workQueues)("%s raises an alarm when its messages wait, later where they are sent for later", (id) => {
    const alarms = prod
      .of("AWS::CloudWatch::Alarm")
      .filter(([, { Properties }]) => Properties.Dimensions?.[0].Value["Fn::GetAtt"]?.[0] === id);
    const isDelayed = ["ExpiryDeadlinesQueue", "BackordersQueue"].includes(shortOf(id));
    expect(alarms.map(([, { Properties }]) => Properties)).toMatchObject([
      { MetricName: "ApproximateAgeOfOldestMessage", Threshold: isDelayed ? 25 * 60 : 10 * 60, Statistic: "Maximum" },
    ]);
  });

  it.each(queues)("%s keeps messages for 14 days", (_id, queue) => {
    expect(queue.Properties.MessageRetentionPeriod).toBe(14 * 86_400);
  });
});

describe("the mapping of a queue", () => {
  it("is there once for each queue of work", () => {
    const sources = queueMappings.map(([, { Properties }]) => Properties.EventSourceArn["Fn::GetAtt"][0]);
    expect(sources.sort()).toEqual(workQueues.map(([id]) => id).sort());
  });

  it.each(queueMappings)("%s takes back the messages that failed, and no others", (_id, { Properties }) => {
    expect(Properties.FunctionResponseTypes).toEqual(["ReportBatchItemFailures"]);
  });

  it.each(queueMappings)("%s hides a message for six times as long as its function may take", (_id, { Properties }) => {
    const [, queue] = queues.find(([id]) => id === Properties.EventSourceArn["Fn::GetAtt"][0]) ?? [];
    const timeout = functions.get(Properties.FunctionName.Ref)?.Properties.Timeout;
    expect(timeout).toBeGreaterThan(0);
    expect(queue?.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
  });

  it.each(queueMappings)("%s leaves concurrency to those who answer buyers", (_id, { Properties }) => {
    expect(Properties.ScalingConfig.MaximumConcurrency).toBeLessThanOrEqual(50);
  });
});

describe("the mapping of the stream", () => {
  const [, { Properties: mapping }] = prod.one("AWS::Lambda::EventSourceMapping", "ServiceChangesStream");

  it("is the only reader of the inventory table's stream, and reads it from its beginning", () => {
    expect(mappings).toHaveLength(queueMappings.length + 1);
    const [table, attribute] = mapping.EventSourceArn["Fn::GetAtt"];
    expect([shortOf(table), attribute]).toEqual(["StorageInventory", "StreamArn"]);
    expect(mapping.StartingPosition).toBe("TRIM_HORIZON");
  });

  it("tries a record for nearly as long as the stream keeps it, bisects what fails, and then stops", () => {
    expect(mapping).toMatchObject({
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10_000,
      MaximumRecordAgeInSeconds: 23 * 3_600,
    });
  });

  it("keeps whole what it gives up, in the bucket of undelivered records", () => {
    const [bucket, attribute] = mapping.DestinationConfig.OnFailure.Destination["Fn::GetAtt"];
    expect([shortOf(bucket), attribute]).toEqual(["ChangesUndelivered", "Arn"]);
  });

  it("counts the records that it gives up, without which no alarm could see them", () => {
    expect(mapping.MetricsConfig).toEqual({ Metrics: ["EventCount"] });
  });

  it.each([
    ["a level or an item", "SKU#A", true],
    ["a reservation", "RESERVATION#r-1", true],
    ["a location", "LOCATIONS", false],
    ["the marker of an operation", "OPERATION#x", false],
    ["a kept answer", "ANSWER#x", false],
    ["the guard of a release", "EXPIRED#x", false],
  ])("passes over what nobody waits for: %s", (_what, pk, passes) => {
    const patterns = mapping.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern));
    const record = { dynamodb: { Keys: { pk: { S: pk }, sk: { S: "x" } } } };
    expect(patterns.some((pattern: unknown) => matchesPattern(pattern, record))).toBe(passes);
  });

  it.each([
    ["ServiceChangesStreamAge", "IteratorAge", { Ref: mapping.FunctionName.Ref }],
    ["ServiceChangesUndeliveredRecords", "OnFailureDestinationDeliveredEventCount", undefined],
    ["ServiceChangesDroppedRecords", "DroppedEventCount", undefined],
  ])("has an alarm: %s", (alarm, metric, dimension) => {
    const [mappingId] = prod.one("AWS::Lambda::EventSourceMapping", "ServiceChangesStream");
    expect(prod.one("AWS::CloudWatch::Alarm", alarm)[1].Properties).toMatchObject({
      MetricName: metric,
      Dimensions: [{ Value: dimension ?? { Ref: mappingId } }],
    });
  });
});
