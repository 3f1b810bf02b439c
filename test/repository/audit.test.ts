import { describe, expect, it } from "vitest";
import { verdictOf } from "../../scripts/audit/verdict.ts";

/** As npm reports. */
function report(...severities: readonly string[]): string {
  return JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: Object.fromEntries(severities.map((severity, index) => [`package-${index}`, { severity }])),
    metadata: { dependencies: { total: 590 } },
  });
}

describe("the audit of the packages", () => {
  it.each([[[]], [["moderate", "low"]]])("passes with %j", (severities) => {
    expect(verdictOf(report(...severities), "").kind).toBe("passed");
  });

  it.each(["high", "critical"])("fails on a finding that is %s, and names it", (severity) => {
    expect(verdictOf(report("low", severity), "")).toEqual({ kind: "FAILED", detail: `package-1 (${severity})` });
  });

  it.each([
    ['{"message":"405 Method Not Allowed","statusCode":405,"error":{}}', ""],
    ["", "npm error audit endpoint returned an error"],
    ["<html>", "npm error"],
    ["{}", ""],
  ])("passes nothing that the registry has not answered: %s", (output, complaint) => {
    expect(verdictOf(output, complaint).kind).toBe("SKIPPED");
  });
});
