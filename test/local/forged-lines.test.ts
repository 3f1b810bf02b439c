/** Log injection: what a caller or a message writes must not be able to end a line of a log, begin another, or colour it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { type BuiltFunction, builtFunctions } from "../../bench/built-functions.ts";
import { copyBundle } from "../../bench/bundle-copy.ts";
import { ensureAssembly } from "../../local/synthesis.ts";

const forged = `{"level":"ERROR","message":"forged"}`;
/** The ends of lines of every system and of Unicode, an escape sequence of terminals, and the end of a text of JSON. */
const injection = `r-1"}\n${forged}\r\n${forged}\u2028${forged}\u2029\u0085${forged}\u001b[31m\u0000\\`;

const run = promisify(execFile);
let built: readonly BuiltFunction[];

beforeAll(async () => {
  await ensureAssembly();
  built = builtFunctions();
});

/** What the function's bundle writes to its log for an event, byte for byte. */
async function logOf(name: string, event: unknown): Promise<string> {
  const fn = built.find((each) => each.name === name);
  if (fn === undefined) {
    throw new Error(`There is no function ${name}.`);
  }
  const bundle = copyBundle(fn);
  const program = `
    const context = { awsRequestId: "a", getRemainingTimeInMillis: () => 5000 };
    require(process.argv[1]).handler(JSON.parse(process.argv[2]), context);`;
  try {
    const { stdout, stderr } = await run(process.execPath, ["--eval", program, bundle.file, JSON.stringify(event)], {
      env: fn.environment,
    });
    return stdout + stderr;
  } finally {
    bundle.remove();
  }
}

function expectWholeLines(log: string, message: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  expect(log).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  const lines = log.trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as { readonly message?: string });
  expect(entries.filter((entry) => entry.message === message).length).toBe(1);
  expect(entries.filter((entry) => entry.message === "forged")).toEqual([]);
}

describe("a line of a log is one object of JSON", () => {
  it("whatever a caller writes into a path", async () => {
    const log = await logOf("Storefront", {
      version: "2.0",
      routeKey: "GET /v1/reservations/{reservationId}",
      rawPath: "/v1/reservations/r-1",
      rawQueryString: "",
      headers: {},
      pathParameters: { reservationId: injection },
      requestContext: { requestId: "r", authorizer: { jwt: { claims: { sub: "shop" }, scopes: [] } } },
      isBase64Encoded: false,
    });
    expectWholeLines(log, "request");
    // It is written all the same, as the text that it is.
    expect(log).toContain(String.raw`\n{\"level\":\"ERROR\"`);
  });

  it("whatever is in a message that its consumer does not understand", async () => {
    const attributes = { ApproximateReceiveCount: "1" };
    const log = await logOf("WriteAudit", { Records: [{ messageId: "m-1", body: injection, attributes }] });
    expectWholeLines(log, "message failed");
  });
});
