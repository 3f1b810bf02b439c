import { describe, expect, it } from "vitest";
import { metricNamespace } from "../../functions/contract/metrics.ts";
import { EmbeddedMetrics } from "../../functions/metrics.ts";

function recorded() {
  const lines: string[] = [];
  const metrics = new EmbeddedMetrics("shop", (line) => lines.push(line));
  return { metrics, read: () => lines.map((line) => JSON.parse(line)) };
}

describe("embedded metrics", () => {
  it("are written together, each with its own dimensions, as CloudWatch takes them", () => {
    const { metrics, read } = recorded();
    metrics.add("reservations", 1, "held");
    metrics.add("conflicts", 1);
    metrics.add("retries", 1);
    metrics.flush();
    expect(read()).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: metricNamespace,
              Dimensions: [["Deployment", "Outcome"]],
              Metrics: [{ Name: "Reservations", Unit: "Count" }],
            },
            {
              Namespace: metricNamespace,
              Dimensions: [["Deployment"]],
              Metrics: [
                { Name: "TransactionConflicts", Unit: "Count" },
                { Name: "Retries", Unit: "Count" },
              ],
            },
          ],
        },
        Deployment: "shop",
        Outcome: "held",
        Reservations: 1,
        TransactionConflicts: 1,
        Retries: 1,
      },
    ]);
  });

  it("are added up where they are counts, and kept one by one where they are times", () => {
    const { metrics, read } = recorded();
    for (const lagMs of [100, 300]) {
      metrics.add("reservations", 1, "expired");
      metrics.add("expiryLag", lagMs, "deadline");
    }
    metrics.flush();
    expect(read()).toMatchObject([{ Reservations: 2, ExpiryLag: [100, 300], Outcome: "expired", Way: "deadline" }]);
  });

  it("have one value of a dimension in each line", () => {
    const { metrics, read } = recorded();
    metrics.add("reservations", 1, "held");
    metrics.add("reservations", 2, "out-of-stock");
    metrics.add("alertsSent", 1);
    metrics.flush();
    expect(read()).toMatchObject([
      { Outcome: "held", Reservations: 1, AlertsSent: 1 },
      { Outcome: "out-of-stock", Reservations: 2 },
    ]);
    expect(read()[1]).not.toHaveProperty("AlertsSent");
  });

  it("are written once, and not at all when nothing was counted", () => {
    const { metrics, read } = recorded();
    metrics.flush();
    metrics.add("retries", 1);
    metrics.flush();
    metrics.flush();
    expect(read()).toHaveLength(1);
  });

  it("never have more than a hundred values in a line, which CloudWatch would not take", () => {
    const { metrics, read } = recorded();
    for (let lagMs = 0; lagMs < 250; lagMs += 1) {
      metrics.add("expiryLag", lagMs, "deadline");
    }
    metrics.flush();
    expect(read().map(({ ExpiryLag }) => ExpiryLag.length)).toEqual([100, 100, 50]);
  });
});
