import { afterEach, describe, expect, it } from "vitest";
import type { LogEntry } from "../../local/function-log.ts";
import { type HostedTemplate, hostTemplate } from "../../local/hosting.ts";
import { type Assembly, writeAssembly } from "./assembly.ts";

let assembly: Assembly;
let hosted: HostedTemplate;
const log: LogEntry[] = [];

afterEach(async () => {
  await hosted?.stop();
  assembly.remove();
  log.length = 0;
});

async function invokerOf(source: string, properties: Record<string, unknown> = {}, logLevel?: "DEBUG" | "INFO") {
  assembly = writeAssembly({}, { Answer: { source, properties } });
  const assemblyDirectory = assembly.directory;
  hosted = await hostTemplate({ port: 0, assemblyDirectory, logLevel, log: (entry) => log.push(entry) });
  return async (event: unknown): Promise<unknown> => await hosted.functions.get("Answer")?.invoke(event);
}

describe("a function", () => {
  it("runs one event at a time in each of at most 8 environments, which stay warm", async () => {
    const invoke = await invokerOf(`
      const { threadId } = require("node:worker_threads");
      let busy = 0;
      exports.handler = async () => {
        busy += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        const together = busy;
        busy -= 1;
        return { threadId, together };
      };`);
    const answers = (await Promise.all(Array.from({ length: 40 }, () => invoke({})))) as {
      threadId: number;
      together: number;
    }[];
    expect(Math.max(...answers.map(({ together }) => together))).toBe(1);
    const environments = new Set(answers.map(({ threadId }) => threadId));
    expect(environments.size).toBeGreaterThan(1);
    expect(environments.size).toBeLessThanOrEqual(8);
    expect(environments).toContain(((await invoke({})) as { threadId: number }).threadId);
  });

  it.each([
    ["the template", undefined, "WARN"],
    ["whoever starts it", "DEBUG", "DEBUG"],
  ] as const)("is told its log level as Lambda tells it, by %s", async (_by, logLevel, told) => {
    const LoggingConfig = { LogFormat: "JSON", ApplicationLogLevel: "WARN", LogGroup: "unused" };
    const source = "exports.handler = async () => process.env.AWS_LAMBDA_LOG_LEVEL;";
    const invoke = await invokerOf(source, { LoggingConfig }, logLevel);
    expect(await invoke({})).toBe(told);
  });

  it("has its own environment and context, and nothing of this process's", async () => {
    process.env["SECRET_OF_THE_RUNNER"] = "1";
    const invoke = await invokerOf(
      `exports.handler = async (event, context) => ({
        env: { ...process.env }, event, left: context.getRemainingTimeInMillis(), id: context.awsRequestId, name: context.functionName });`,
      { Environment: { Variables: { MINE: { "Fn::Join": ["", ["a", "b"]] } } }, Timeout: 4, MemorySize: 512 },
    );
    const answer = (await invoke({ n: 1, gone: undefined })) as Record<string, unknown>;
    const env = answer["env"] as Record<string, string>;
    expect(answer).toMatchObject({ event: { n: 1 }, name: "Answer", id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(answer["left"]).toBeGreaterThan(3_000);
    expect(answer["left"]).toBeLessThanOrEqual(4_000);
    expect(env).toMatchObject({
      MINE: "ab",
      AWS_LAMBDA_FUNCTION_NAME: "Answer",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
    });
    expect(env["AWS_ENDPOINT_URL_DYNAMODB"]).toBe(hosted.dynamoDb.url);
    expect(env["SECRET_OF_THE_RUNNER"]).toBeUndefined();
  });

  it.each([
    ["throws", "threw", "throw new Error('on purpose')"],
    ["exits", "died", "process.exit(3)"],
    [
      "crashes outside of its answer",
      "died",
      "setImmediate(() => { throw new Error('on purpose'); }); await new Promise(() => {})",
    ],
    ["takes too long", "timed-out", "await new Promise(() => {})"],
    ["never gives the processor back", "timed-out", "for (;;) {}"],
  ])("that %s has failed, and answers the next event", async (_what, reason, body) => {
    const invoke = await invokerOf(`exports.handler = async (event) => { if (event.good) return "good"; ${body}; };`, {
      Timeout: 1,
    });
    await expect(invoke({})).rejects.toMatchObject({ name: "FunctionError", reason });
    expect(await invoke({ good: true })).toBe("good");
    expect(log.some(({ stream }) => stream === "error")).toBe(true);
  });

  it("that cannot be loaded fails each event with what is wrong", async () => {
    const invoke = await invokerOf("throw new Error('broken bundle');");
    await expect(invoke({})).rejects.toThrow(/broken bundle/);
    await expect(invoke({})).rejects.toThrow(/broken bundle/);
  });

  it("logs to the sink, JSON as data", async () => {
    const invoke = await invokerOf(
      `exports.handler = async () => { console.log('{"level":"INFO"}'); console.error("text"); };`,
    );
    expect(await invoke({})).toBeNull();
    await expect
      .poll(() => log)
      .toEqual(
        expect.arrayContaining([
          expect.objectContaining({ function: "Answer", stream: "stdout", entry: { level: "INFO" } }),
          expect.objectContaining({ function: "Answer", stream: "stderr", entry: "text" }),
        ]),
      );
  });
});
