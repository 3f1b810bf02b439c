/**
 * `npm run build`: what `npm pack` puts into the package, in `dist/`. The construct is one CommonJS file, which every
 * CDK app can load, with its declarations; each function is the bundle that a synthesis of this repository makes, so
 * that whoever installs the package needs no bundler and deploys what was tested. Beside them stand a bill of materials
 * (CycloneDX) of all that is in the bundles, and the licences of it.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { bundleFunctions } from "./build/bundles.ts";
import { type BillOfMaterials, noticesOf } from "./build/notices.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const billOfMaterials = join(dist, "sbom.cdx.json");

function run(program: string, ...args: readonly string[]): void {
  execFileSync(join(root, "node_modules", ".bin", program), args, { cwd: root, stdio: "inherit" });
}

/** Everything but the packages that are installed with it is inside. */
async function bundleConstruct(): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["lib/index.ts"],
    outfile: join(dist, "lib", "index.js"),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["aws-cdk-lib", "constructs"],
    define: { "import.meta.dirname": "__dirname" },
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
}

/** Of all bundles together, as esbuild tells what is in them. */
function writeBillOfMaterials(metafiles: readonly Metafile[]): void {
  const directory = mkdtempSync(join(tmpdir(), "inventory-bom-"));
  const merged = join(directory, "meta.json");
  try {
    const { inputs, outputs } = {
      inputs: Object.assign({}, ...metafiles.map((each) => each.inputs)),
      outputs: Object.assign({}, ...metafiles.map((each) => each.outputs)),
    };
    writeFileSync(merged, JSON.stringify({ inputs, outputs }));
    run(
      "cyclonedx-esbuild",
      "--mc-type=library",
      "--gather-license-texts",
      "--output-reproducible",
      `--output-file=${billOfMaterials}`,
      merged,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

rmSync(dist, { recursive: true, force: true });
const metafiles = [...bundleFunctions(join(dist, "functions")), await bundleConstruct()];
run("tsc", "--project", "tsconfig.package.json");
// The repository is made of ES modules, and what is built is not.
writeFileSync(join(dist, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
writeBillOfMaterials(metafiles);
const bom = JSON.parse(readFileSync(billOfMaterials, "utf8")) as BillOfMaterials;
writeFileSync(join(dist, "THIRD-PARTY-NOTICES.txt"), `${noticesOf(bom)}\n`);
