/** What every function has; what each of them may do: `permissions.test.ts`. */
import { describe, expect, it } from "vitest";
import { allocationStrategies } from "../../functions/contract/allocation.ts";
import { environment } from "../../functions/contract/environment.ts";
import { prod, shortOf } from "./synthesised.ts";

const functions = prod.of("AWS::Lambda::Function");

describe("every function", () => {
  it.each(functions)("%s has a timeout, and answers a caller before the gateway's 30 seconds are over", (id, fn) => {
    expect(fn.Properties.Timeout).toBeGreaterThan(0);
    expect(fn.Properties.Timeout).toBeLessThan(shortOf(id).startsWith("Api") ? 30 : 900);
  });

  it.each(functions)("%s logs JSON into a group of its own that is kept for a month", (id, fn) => {
    const { LogFormat, LogGroup } = fn.Properties.LoggingConfig;
    expect(LogFormat).toBe("JSON");
    expect(shortOf(LogGroup.Ref)).toBe(shortOf(id).replace(/Function$/, "Logs"));
    expect(new Map(prod.of("AWS::Logs::LogGroup")).get(LogGroup.Ref)?.Properties.RetentionInDays).toBe(30);
  });

  it.each(functions)("%s is traced", (_id, fn) => {
    expect(fn.Properties.TracingConfig).toEqual({ Mode: "Active" });
  });

  it.each(functions)("%s has an alarm for its errors and one for its throttles", (id) => {
    const metrics = prod
      .of("AWS::CloudWatch::Alarm")
      .filter(
        ([, { Properties }]) => Properties.Namespace === "AWS/Lambda" && Properties.Dimensions?.[0].Value.Ref === id,
      )
      .map(([, { Properties }]) => Properties.MetricName);
    expect(metrics).toEqual(expect.arrayContaining(["Errors", "Throttles"]));
  });

  it.each(functions)("%s runs on the Node that the tests run on", (_id, fn) => {
    expect(fn.Properties.Runtime).toBe(`nodejs${process.versions.node.split(".")[0]}.x`);
  });

  it.each(functions)("%s is told names and figures by its environment, and no secret", (_id, fn) => {
    const { Variables = {} } = (fn.Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
    const called = ["AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic"].flatMap((type) => prod.of(type));
    const names = new Set(called.map(([logicalId]) => logicalId));
    const { [environment.deployment]: deployment, ...others } = Variables;
    expect(deployment).toMatch(/^Inventory-Service-[0-9A-F]{8}$/);
    const unknown = Object.entries(others).filter(([, value]) =>
      typeof value === "string"
        ? !/^\d+$/.test(value) && !(allocationStrategies as readonly string[]).includes(value)
        : !names.has((value as { readonly Ref?: string }).Ref ?? ""),
    );
    expect(unknown).toEqual([]);
  });
});
