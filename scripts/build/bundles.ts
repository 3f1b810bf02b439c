/** The bundles of the functions as the package ships them: those that a synthesis of this repository makes. */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { type CfnFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import type { Metafile } from "esbuild";
import { bundleDirectoryOf, bundling, codeOf, type FunctionEntry } from "../../lib/function-code.ts";

const functions = join(import.meta.dirname, "..", "..", "functions");

/** Puts each bundle into its directory below `destination`; gives what esbuild says is in them. */
export function bundleFunctions(destination: string): readonly Metafile[] {
  const assembly = mkdtempSync(join(tmpdir(), "inventory-bundles-"));
  try {
    const app = new App({
      outdir: assembly,
      analyticsReporting: false,
      context: { "aws:cdk:enable-asset-metadata": true },
    });
    const stack = new Stack(app, "Bundles");
    const entries = globSync("**/*.handler.ts", { cwd: functions }).toSorted() as FunctionEntry[];
    const bundled = entries.map((entry) => {
      const construct = new NodejsFunction(stack, entry.replaceAll("/", "-"), {
        ...codeOf(entry),
        runtime: Runtime.NODEJS_24_X,
        bundling: { ...bundling, metafile: true },
      });
      return { entry, resource: construct.node.defaultChild as CfnFunction };
    });
    app.synth();
    return bundled.map(({ entry, resource }) => {
      const asset = join(assembly, String(resource.getMetadata("aws:asset:path")));
      cpSync(join(asset, "index.js"), join(destination, bundleDirectoryOf(entry), "index.js"));
      return JSON.parse(readFileSync(join(asset, "index.meta.json"), "utf8")) as Metafile;
    });
  } finally {
    rmSync(assembly, { recursive: true, force: true });
  }
}
