import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withLogContext } from "../../functions/log-context.ts";
import { telemetryOf } from "../../functions/telemetry.ts";

let written: string[];

beforeEach(() => {
  written = [];
  vi.stubEnv("DEPLOYMENT", "shop");
  vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", "INFO");
  vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-67f0c0de-0123456789abcdef01234567;Parent=1234567890abcdef;Sampled=1");
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const lines = () => written.map((line) => JSON.parse(line));

describe("a function", () => {
  it("names itself, the trace and what its lines are about, also where messages are worked on side by side", async () => {
    const { log } = telemetryOf("storefront");
    const work = async (messageId: string): Promise<void> => {
      await Promise.resolve();
      log.info("worked", {});
      expect(messageId).not.toBe("");
    };
    await Promise.all(
      ["m-1", "m-2"].map(async (messageId) => await withLogContext({ messageId }, () => work(messageId))),
    );
    log.info("alone", {});
    expect(lines()).toMatchObject([
      {
        service: "storefront",
        message: "worked",
        messageId: "m-1",
        xray_trace_id: "1-67f0c0de-0123456789abcdef01234567",
      },
      { service: "storefront", message: "worked", messageId: "m-2", level: "INFO", timestamp: expect.any(String) },
      { message: "alone" },
    ]);
    expect(lines()[2]).not.toHaveProperty("messageId");
  });

  it("logs what is for debugging only when Lambda says so, and makes its fields only then", () => {
    const fields = vi.fn(() => ({ detail: 1 }));
    telemetryOf("storefront").log.debug("detail", fields);
    expect([written.length, fields.mock.calls.length]).toEqual([0, 0]);
    vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", "DEBUG");
    telemetryOf("storefront").log.debug("detail", fields);
    expect(lines()).toMatchObject([{ level: "DEBUG", message: "detail", detail: 1 }]);
  });

  it("counts its cold start once, with its first invocation", () => {
    const { flush } = telemetryOf("write-audit");
    flush();
    flush();
    expect(lines()).toMatchObject([{ Deployment: "shop", Function: "write-audit", ColdStarts: 1 }]);
  });

  it("has no cold start in an environment that is kept started", () => {
    vi.stubEnv("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency");
    telemetryOf("storefront").flush();
    expect(written).toEqual([]);
  });
});
