/** The real CDK, as whoever deploys this repository runs it. */
import { join } from "node:path";
import { spawnGuarded } from "../../local/child-process.ts";
import { repository } from "./directories.ts";

const quiet = ["--no-notices", "--no-version-reporting", "--ci"];

export class Cdk {
  private readonly environment: NodeJS.ProcessEnv;

  constructor(environment: NodeJS.ProcessEnv) {
    this.environment = environment;
  }

  /** Makes what CDK needs once in an account and Region, which are named `aws://<account>/<Region>`. */
  async bootstrap(environmentName: string, assembly: string): Promise<void> {
    await this.run(repository, ["bootstrap", environmentName, "--output", assembly]);
  }

  /** Synthesises the sources with these settings (given without their prefix) and brings the stack there. */
  async deploy(sources: string, assembly: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const context = Object.entries(settings).flatMap(([name, value]) => ["--context", `inventory:${name}=${value}`]);
    await this.run(sources, ["deploy", "--require-approval", "never", "--output", assembly, ...context]);
  }

  /** Destroys the stack of an assembly that has been deployed. */
  async destroy(assembly: string): Promise<void> {
    await this.run(repository, ["destroy", "--force", "--app", assembly]);
  }

  private async run(cwd: string, args: readonly string[]): Promise<void> {
    const cdk = spawnGuarded([join(repository, "node_modules", ".bin", "cdk"), ...args, ...quiet], {
      cwd,
      env: this.environment,
    });
    if ((await cdk.ended) !== 0) {
      throw new Error(`cdk ${args.join(" ")} failed:\n${cdk.output()}`);
    }
  }
}
