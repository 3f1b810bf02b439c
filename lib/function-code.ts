/** Where the code of a function comes from: its sources in this repository, or its bundle in the package made of it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";
import { type BundlingOptions, LogLevel, type NodejsFunctionProps, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";

/** The path of an entry below `functions/`. */
export type FunctionEntry = `${string}.handler.ts`;

/** Of the repository, or of what the package has been built into: both have `lib/` and `functions/`. */
const root = join(import.meta.dirname, "..");

/**
 * Ways to credentials that no function goes: Lambda gives them in the environment. The SDK imports these only when
 * it has to look elsewhere, and then finds them in the runtime; left out, they make each bundle some 80 kB smaller.
 */
const unusedCredentialProviders = ["ini", "login", "process", "sso", "web-identity"].map(
  (name) => `@aws-sdk/credential-provider-${name}`,
);

/**
 * One CommonJS file a function, minified, with the SDK inside: measured on Node 24, it starts sooner than an ES
 * module and than the SDK of the runtime. Neither source maps nor metafiles are shipped.
 */
export const bundling: BundlingOptions = {
  target: "node24",
  format: OutputFormat.CJS,
  minify: true,
  sourceMap: false,
  metafile: false,
  bundleAwsSDK: true,
  externalModules: [...unusedCredentialProviders, "@smithy/credential-provider-imds"],
  mainFields: ["module", "main"],
  logLevel: LogLevel.WARNING,
};

/** The directory of an entry's bundle below `functions/` of the package. */
export function bundleDirectoryOf(entry: FunctionEntry): string {
  return entry.replace(/\.handler\.ts$/, "");
}

/** The repository bundles its sources whenever it is synthesised; the package has no sources, and the same bundles. */
export function codeOf(entry: FunctionEntry): NodejsFunctionProps {
  const source = join(root, "functions", entry);
  return existsSync(source)
    ? {
        entry: source,
        handler: "handler",
        projectRoot: root,
        depsLockFilePath: join(root, "package-lock.json"),
        bundling,
      }
    : { code: Code.fromAsset(join(root, "functions", bundleDirectoryOf(entry))), handler: "index.handler" };
}
