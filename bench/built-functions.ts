/** The functions of the synthesised assembly: their built bundles, and what they need to be loaded. */
import { statSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { environment } from "../functions/contract/environment.ts";
import { tableNames } from "../local/contract-database.ts";
import { localCredentials } from "../local/credentials.ts";
import { assemblyDirectory } from "../local/synthesis.ts";
import { type Resource, readTemplate, region, resourcesOf } from "../local/template.ts";

export interface BuiltFunction {
  /** As its construct is called, such as `Storefront`. */
  readonly name: string;
  /** The directory with its `index.js`. */
  readonly codeDirectory: string;
  readonly bytes: number;
  /** All that its process shall have: nothing of this machine's own configuration. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A bundle may have so many bytes, minified: more takes longer to load than a start may take. */
export const mostBundleBytes = 500_000;

const namesOfTables: Readonly<Record<string, string>> = {
  [environment.inventoryTable]: tableNames.inventory,
  [environment.movementsTable]: tableNames.movements,
  [environment.viewsTable]: tableNames.views,
};

/** The functions of `cdk.out`, which must have been synthesised. */
export function builtFunctions(): readonly BuiltFunction[] {
  return resourcesOf(readTemplate(assemblyDirectory), "AWS::Lambda::Function").map(([logicalId, resource]) => {
    const asset = resource.Metadata?.["aws:asset:path"];
    const name = String(resource.Metadata?.["aws:cdk:path"]).split("/").at(-3);
    if (typeof asset !== "string" || name === undefined || resource.Properties?.["Handler"] !== "index.handler") {
      throw new Error(`${logicalId} is no function with its bundle in the assembly.`);
    }
    const codeDirectory = join(assemblyDirectory, asset);
    return {
      name,
      codeDirectory,
      bytes: statSync(join(codeDirectory, "index.js")).size,
      environment: { ...runtimeEnvironment(name), ...ownEnvironment(resource) },
    };
  });
}

/** What the runtime sets. */
function runtimeEnvironment(name: string): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    TZ: ":UTC",
  };
}

/** What its construct sets; addresses that are only known in an account are made up. */
function ownEnvironment({ Properties }: Resource): Record<string, string> {
  const { Variables = {} } = (Properties?.["Environment"] ?? {}) as { Variables?: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(Variables).map(([variable, value]) => [
      variable,
      namesOfTables[variable] ?? (typeof value === "string" ? value : `unused:${variable}`),
    ]),
  );
}
