/**
 * An AWS of this machine: MiniStack, on a port of the loopback interface. It runs functions in processes of their
 * own and refuses whatever the policies of a caller's role do not allow, as AWS does (`AUTH`).
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type GuardedProcess, spawnGuarded } from "../../local/child-process.ts";
import { freePort } from "../../local/ports.ts";
import type { Account } from "./account.ts";

const accountId = "111111111111";
const region = "us-east-1";
const credentials = { accessKeyId: "root", secretAccessKey: "root" } as const;

/** On an idle machine it is there after three seconds. */
const startsWithinMs = 120_000;

export class Emulator implements Account {
  readonly url: string;
  readonly sdk: Required<Account["sdk"]>;
  readonly environmentName = `aws://${accountId}/${region}`;
  /** What a command line tool needs to take this for AWS, and nothing that could lead it to AWS itself. */
  readonly environment: NodeJS.ProcessEnv;
  private readonly logFile: string;
  private readonly process: GuardedProcess;

  private constructor(url: string, directory: string, logFile: string, process: GuardedProcess) {
    this.url = url;
    this.logFile = logFile;
    this.process = process;
    this.sdk = { region, endpoint: url, credentials };
    this.environment = {
      ...plainEnvironment(directory),
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: "true",
    };
  }

  /** Everything that it writes stays below the directory. */
  static async start(python: string, directory: string): Promise<Emulator> {
    const port = await freePort();
    const [temporary, state] = [join(directory, "tmp"), join(directory, "state")];
    for (const folder of [temporary, state]) {
      mkdirSync(folder, { recursive: true });
    }
    // Functions are unpacked there. In Lambda nothing above them says what kind of modules they are; here this
    // repository would.
    writeFileSync(join(temporary, "package.json"), "{}");
    const logFile = join(directory, "emulator.log");
    const launcher = join(import.meta.dirname, "emulator.py");
    const child = spawnGuarded(["/bin/sh", "-c", 'exec "$0" "$1" >"$2" 2>&1', python, launcher, logFile], {
      cwd: directory,
      env: {
        ...plainEnvironment(directory),
        TMPDIR: temporary,
        STATE_DIR: state,
        GATEWAY_PORT: String(port),
        BIND_HOST: "127.0.0.1",
        MINISTACK_ACCOUNT_ID: accountId,
        MINISTACK_REGION: region,
        AUTH: "true",
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        // Services that would open ports of their own.
        IOT_MTLS_ENABLED: "0",
        SFTP_ENABLED: "0",
      },
    });
    const emulator = new Emulator(`http://127.0.0.1:${port}`, directory, logFile, child);
    await emulator.untilReady();
    return emulator;
  }

  private async untilReady(): Promise<void> {
    let ended = false;
    void this.process.ended.then(() => {
      ended = true;
    });
    const endsAtMs = Date.now() + startsWithinMs;
    while (!ended && Date.now() < endsAtMs) {
      const isReady = await fetch(`${this.url}/_ministack/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) {
        return;
      }
      await sleep(100);
    }
    await this.stop();
    throw new Error(`The emulator did not start.\n${this.log()}`);
  }

  /**
   * It gives an API the address `http://<id>.execute-api.localhost:<port>`, a name that not every machine resolves,
   * and answers for it below a path as well. The token endpoint has the address that it would have on AWS.
   */
  reach(address: string): string {
    const { hostname, pathname } = new URL(address);
    const api = /^([^.]+)\.execute-api\.localhost$/.exec(hostname)?.[1];
    if (api !== undefined) {
      return `${this.url}/_aws/execute-api/${api}/$default`;
    }
    if (hostname.endsWith(`.auth.${region}.amazoncognito.com`)) {
      return `${this.url}${pathname}`;
    }
    throw new Error(`The emulator does not answer for ${address}.`);
  }

  /** The last lines that it wrote, those of the functions among them. */
  log(lines = 40): string {
    return readFileSync(this.logFile, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  }

  /** Ends it and all functions that it runs. */
  async stop(): Promise<void> {
    await this.process.stop();
  }
}

/** This process' environment without anything that would lead to an account, a proxy or somebody's settings. */
function plainEnvironment(directory: string): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG } = process.env;
  return {
    PATH,
    HOME,
    LANG,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    CDK_HOME: join(directory, "cdk"),
    CDK_DISABLE_CLI_TELEMETRY: "true",
  };
}
