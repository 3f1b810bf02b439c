import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureAssembly } from "../../local/synthesis.ts";
import { familyOf, type Running, root, run, survivors } from "./processes.ts";

let state: string;
const started: Running[] = [];

beforeEach(async () => {
  await ensureAssembly();
  state = mkdtempSync(join(tmpdir(), "local-state-"));
  // No test installs the packages of this repository anew, on which it runs itself.
  const npm = join(state, "npm");
  writeFileSync(npm, "#!/bin/sh\necho A test does not install packages.\nexit 1\n");
  chmodSync(npm, 0o755);
});

afterEach(() => {
  for (const pid of started.splice(0).flatMap(({ child }) => familyOf(child.pid ?? 0))) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended, as it should have.
    }
  }
  rmSync(state, { recursive: true, force: true });
});

function start(program: readonly string[], options: readonly string[] = ["--empty"], port = "0"): Running {
  return startCommand([process.execPath, ...program, ...options, "--state", state], port);
}

function startCommand(command: readonly [string, ...string[]], port = "0"): Running {
  const running = run(command, { PORT: port, PATH: `${state}:${process.env["PATH"] ?? ""}` });
  started.push(running);
  return running;
}

const byItself = ["local/start.ts"];
const throughReady = ["scripts/ready.mjs", process.execPath, "local/start.ts"];

async function urlOf(running: Running): Promise<string> {
  const [, url = ""] = await running.says(/API\s+(http:\/\/127\.0\.0\.1:\d+)\/v1/);
  await running.says(/Ctrl-C ends it/);
  return url;
}

/** The sessions that people are given to copy use curl, which the service itself does not need. */
const hasCurl = spawnSync("curl", ["--version"]).status === 0;

describe("npm start", () => {
  it("answers when it says so, tells other programs where, and ends in order with Ctrl-C", async () => {
    const running = start(byItself);
    const url = await urlOf(running);
    expect((await fetch(`${url}/v1/health`)).status).toBe(200);
    const stackFile = join(state, "stack.json");
    expect(JSON.parse(readFileSync(stackFile, "utf8"))).toMatchObject({
      url,
      dynamoDbUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      tables: { inventory: expect.any(String), movements: expect.any(String), views: expect.any(String) },
    });
    const family = familyOf(running.child.pid ?? 0);
    expect(family.length).toBeGreaterThan(2);
    running.child.kill("SIGINT");
    expect(await running.exit).toEqual({ code: 0, signal: null });
    expect(await survivors(family)).toEqual([]);
    expect(existsSync(stackFile)).toBe(false);
  });

  it("ends in order with Ctrl-C also while it loads the shop", async () => {
    const running = start(byItself, []);
    const stackFile = join(state, "stack.json");
    await expect.poll(() => existsSync(stackFile), { interval: 10, timeout: 60_000 }).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const family = familyOf(running.child.pid ?? 0);
    running.child.kill("SIGINT");
    expect(await running.exit).toEqual({ code: 0, signal: null });
    expect(running.output()).not.toContain("Error");
    expect(await survivors(family)).toEqual([]);
  });

  it.runIf(hasCurl)("loads a shop whose stock can be reserved by the session that it prints", async () => {
    const running = start(byItself, []);
    await urlOf(running);
    const [, session = ""] = /(TOKEN=[\s\S]*)\n\nCtrl-C/.exec(running.output()) ?? [];
    const shell = run([
      "/bin/sh",
      "-c",
      session.replaceAll("curl -s", "curl -s -w '\\n%{http_code}\\n'").replace("\\n%{http_code}\\n", ""),
    ]);
    await shell.exit;
    expect(shell.output()).toMatch(/"available":65/);
    expect(shell.output()).toMatch(/"status":"held"/);
    expect(shell.output().match(/^20[01]$/gm)).toEqual(["200", "201", "200"]);
  });

  it.runIf(hasCurl)("answers the session that the README opens with as the README says", async () => {
    const running = start(byItself);
    const url = await urlOf(running);
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const [, session = ""] = /## The last unit[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(session).toContain("api=http://127.0.0.1:3000\n");
    const shell = run(["/bin/sh", "-c", session.replace("http://127.0.0.1:3000", url)]);
    expect(await shell.exit).toEqual({ code: 0, signal: null });
    const answers = shell.output().trim().split("\n");
    expect(answers.map((answer) => answer.slice(answer.lastIndexOf(" ") + 1))).toEqual([
      ...["201", "201", "200"],
      ...["201", "409"],
    ]);
    expect(answers.at(-2)).toContain('"status":"held"');
    expect(answers.at(-1)).toMatch(/"code":"insufficient_stock".*"requested":1,"available":0/);
  });

  it.each([
    ["the runner", byItself],
    ["the program that checks the machine", throughReady],
  ])("leaves nothing running when %s is killed", async (_who, program) => {
    const running = start(program);
    await urlOf(running);
    const family = familyOf(running.child.pid ?? 0);
    expect(family.length).toBeGreaterThan(2);
    running.child.kill("SIGKILL");
    expect(await survivors(family)).toEqual([]);
  });

  it("leaves nothing running when the runner crashes", async () => {
    const defect = join(state, "defect.cjs");
    writeFileSync(defect, `process.on("SIGUSR2", () => { throw new Error("on purpose"); });`);
    const running = start(["--require", defect, ...byItself]);
    await urlOf(running);
    const family = familyOf(running.child.pid ?? 0);
    running.child.kill("SIGUSR2");
    expect(await running.exit).toEqual({ code: 1, signal: null });
    expect(running.output()).toContain("on purpose");
    expect(await survivors(family)).toEqual([]);
  });

  it("leaves nothing running when npm is killed", async () => {
    const npm = execFileSync("/bin/sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim();
    const running = startCommand([npm, "start", "--", "--empty", "--state", state]);
    await urlOf(running);
    const family = familyOf(running.child.pid ?? 0);
    running.child.kill("SIGKILL");
    expect(await survivors(family)).toEqual([]);
  });

  it("passes SIGTERM on, and ends as the runner does", async () => {
    const running = start(throughReady);
    await urlOf(running);
    const family = familyOf(running.child.pid ?? 0);
    running.child.kill("SIGTERM");
    expect(await running.exit).toEqual({ code: 0, signal: null });
    expect(await survivors(family)).toEqual([]);
  });

  it("says in one line that its port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const running = start(byItself, ["--empty"], String(port));
    expect(await running.exit).toEqual({ code: 1, signal: null });
    expect(running.output().trim().split("\n")).toEqual([
      `Port ${port} of 127.0.0.1 is in use: stop the program that has it, or set PORT to another one.`,
    ]);
    other.close();
  });

  it("leaves alone the log, and the whereabouts, of one that runs from the same folder already", async () => {
    const running = start(byItself);
    const url = await urlOf(running);
    const files = ["functions.log", "stack.json"].map((name) => join(state, name));
    await fetch(`${url}/v1/health`);
    await expect.poll(() => readFileSync(files[0] ?? "", "utf8")).not.toBe("");
    const before = files.map((file) => readFileSync(file, "utf8"));
    const second = start(byItself);
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.output().trim().split("\n")).toEqual([
      `It runs already, on ${url}: end it, or set PORT and --state DIRECTORY to others.`,
    ]);
    const after = files.map((file) => readFileSync(file, "utf8"));
    expect(after.map((text, index) => text.startsWith(before[index] ?? ""))).toEqual([true, true]);
  });

  it("says in a line what is wrong with its options", async () => {
    const running = start(byItself, ["--emtpy"], "0");
    expect(await running.exit).toEqual({ code: 64, signal: null });
    expect(running.output().trim().split("\n")).toEqual([
      "Unknown option '--emtpy'",
      "",
      "Usage: npm start [-- --empty] [--state DIRECTORY]",
    ]);
  });
});
