import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { prod, root, Synthesised } from "./synthesised.ts";

const alarms = prod.of("AWS::CloudWatch::Alarm");

/** The sections of the runbook that explain an alarm, by the anchors that a heading gets. */
const sections = readFileSync(join(root, "docs", "runbook.md"), "utf8")
  .split(/^## /m)
  .filter((section) => section.includes("**Means.**"))
  .map((section) => (section.split("\n")[0] ?? "").toLowerCase().replaceAll(" ", "-"));

const sectionOf = (description: string): string | undefined =>
  /^\S.+\. See docs\/runbook\.md#([a-z-]+)\.$/.exec(description)?.[1];

describe("an alarm", () => {
  it.each(alarms)("%s says what it means and links to its section of the runbook", (_id, { Properties }) => {
    expect(sections).toContain(sectionOf(Properties.AlarmDescription));
  });

  it("stands behind every section of the runbook that explains one", () => {
    const linked = new Set(alarms.map(([, { Properties }]) => sectionOf(Properties.AlarmDescription)));
    expect([...linked].sort()).toEqual([...sections].sort());
  });

  it.each(alarms)("%s is silent while nothing happens", (_id, { Properties }) => {
    expect(Properties.TreatMissingData).toBe("notBreaching");
  });

  it("is sent to the topic that the settings name, and to nobody without one", () => {
    const topic = "arn:aws:sns:eu-central-1:123456789012:on-call";
    const told = new Synthesised({ alarmTopicArn: topic }).of("AWS::CloudWatch::Alarm");
    expect(told.map(([id]) => id)).toEqual(alarms.map(([id]) => id));
    for (const actions of ["AlarmActions", "OKActions"] as const) {
      expect(told.map(([, { Properties }]) => Properties[actions])).toEqual(told.map(() => [topic]));
    }
    expect(alarms.filter(([, { Properties }]) => Properties.AlarmActions !== undefined)).toEqual([]);
  });
});
