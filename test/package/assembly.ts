/** What a CDK app makes: its template, with the code of each function in place of the name of its asset. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run-command.ts";

const cdk = join(import.meta.dirname, "..", "..", "node_modules", ".bin", "cdk");

interface Resource {
  readonly Type: string;
  readonly Properties?: {
    readonly Code?: { readonly S3Key?: string };
    readonly Environment?: { readonly Variables: Readonly<Record<string, unknown>> };
  };
}

export interface AssemblyFunction {
  readonly logicalId: string;
  readonly codeDirectory: string;
  /** What is known in an account alone is left out. */
  readonly environment: Readonly<Record<string, string>>;
}

export class Assembly {
  private readonly directory: string;
  private readonly template: { readonly Resources: Readonly<Record<string, Resource>> };

  private constructor(directory: string) {
    this.directory = directory;
    this.template = JSON.parse(readFileSync(join(directory, "Shop.template.json"), "utf8"));
  }

  /** Synthesises an app, which is started by `node <file>` in `cwd`. */
  static async of(file: string, cwd: string, output: string): Promise<Assembly> {
    const quiet = ["--quiet", "--no-notices", "--no-version-reporting", "--no-asset-metadata"];
    await run([cdk, "synth", "--app", `node ${file}`, "--output", output, ...quiet], cwd, {
      CDK_DISABLE_CLI_TELEMETRY: "true",
    });
    return new Assembly(output);
  }

  /** Where two are equal, so are all resources and each byte of code. */
  content(): unknown {
    const codes = new Map(this.functions().map(({ logicalId, codeDirectory }) => [logicalId, digestOf(codeDirectory)]));
    const resources = Object.entries(this.template.Resources).map(([logicalId, resource]) => {
      const digest = codes.get(logicalId);
      const { Properties } = resource;
      return [
        logicalId,
        digest === undefined
          ? resource
          : { ...resource, Properties: { ...Properties, Code: { ...Properties?.Code, S3Key: digest } } },
      ];
    });
    return { ...this.template, Resources: Object.fromEntries(resources) };
  }

  functions(): readonly AssemblyFunction[] {
    return Object.entries(this.template.Resources)
      .filter(([, { Type }]) => Type === "AWS::Lambda::Function")
      .map(([logicalId, { Properties }]) => {
        const hash = Properties?.Code?.S3Key?.replace(/\.zip$/, "");
        const variables = Object.entries(Properties?.Environment?.Variables ?? {});
        return {
          logicalId,
          codeDirectory: join(this.directory, `asset.${hash}`),
          environment: Object.fromEntries(
            variables.map(([name, value]) => [name, typeof value === "string" ? value : "unknown"]),
          ),
        };
      });
  }
}

function digestOf(directory: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(directory).toSorted()) {
    hash.update(`${name}\0`).update(readFileSync(join(directory, name)));
  }
  return hash.digest("hex");
}
