/**
 * `npm run test:package`: packs this repository as `npm pack` does, installs the tarball into fresh CDK apps outside of
 * it, and synthesises the README's lines and the example there: what comes out must be what the sources make, with the
 * same bytes of code. The last line has the counts.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyBundle } from "../../bench/bundle-copy.ts";
import manifest from "../../package.json" with { type: "json" };
import { type BillOfMaterials, licenseOf, packageNameOf } from "../../scripts/build/notices.ts";
import { Checks, FailedCheck } from "../deploy/checks.ts";
import { Assembly, type AssemblyFunction } from "./assembly.ts";
import { FreshApp, readmeLines } from "./fresh-app.ts";
import { run } from "./run-command.ts";

const repository = join(import.meta.dirname, "..", "..");
const sources = join(repository, ".cache", "package");

/** Of what is inside the bundles, and so is given away with them. */
const licencesGivenAway = ["MIT", "MIT-0", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"];

async function pack(directory: string): Promise<string> {
  await run(["npm", "pack", "--silent", "--pack-destination", directory], repository);
  const [tarball] = readdirSync(directory).filter((name) => name.endsWith(".tgz"));
  ok(tarball !== undefined, "npm pack has made no file");
  await run(["tar", "-xzf", tarball], directory);
  return join(directory, tarball);
}

/** What the package is to have is listed by its kind; all else is too much. */
function lookInside(packed: string): string {
  const files = readdirSync(packed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(packed.length + 1));
  const wanted =
    /^(package\.json|(README|CHANGELOG|SECURITY)\.md|LICENSE|docs\/[a-z-]+\.md|docs\/openapi\.json|dist\/(package\.json|sbom\.cdx\.json|THIRD-PARTY-NOTICES\.txt|lib\/index\.js|(lib|functions\/contract)\/[a-z-]+\.d\.ts|functions\/[a-z]+\/[a-z-]+\/index\.js))$/;
  deepEqual(
    files.filter((file) => !wanted.test(file)),
    [],
  );
  const { dependencies = {} } = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
  deepEqual(dependencies, {}, "the package brings others with it");
  return `${files.length} files`;
}

/** The bill of materials is that of this version, and whatever is in it may be given away and is named. */
function lookAtMaterials(packed: string): string {
  const bom = JSON.parse(readFileSync(join(packed, "dist", "sbom.cdx.json"), "utf8")) as BillOfMaterials;
  const notices = readFileSync(join(packed, "dist", "THIRD-PARTY-NOTICES.txt"), "utf8");
  const { name, version } = bom.metadata.component;
  deepEqual([name, version], [manifest.name, manifest.version]);
  // Both are in every function.
  for (const expected of ["@aws-lambda-powertools/logger", "@smithy/core"]) {
    ok(
      bom.components.some((component) => packageNameOf(component) === expected),
      `${expected} is not listed`,
    );
  }
  deepEqual(
    bom.components.filter((component) => !licencesGivenAway.includes(licenseOf(component))),
    [],
  );
  deepEqual(
    bom.components.filter((each) => !notices.includes(`${packageNameOf(each)} ${each.version} (`)),
    [],
  );
  return `${bom.components.length} packages`;
}

/** What the same lines make of the sources. */
async function synthesiseSources(output: string): Promise<Assembly> {
  mkdirSync(sources, { recursive: true });
  const file = join(sources, "shop.ts");
  writeFileSync(file, readmeLines().replace(`"${manifest.name}"`, `"${join(repository, "lib", "index.ts")}"`));
  // Not where the settings and the feature flags of this repository's own app are.
  return await Assembly.of(file, sources, output);
}

async function load({ logicalId, codeDirectory, environment }: AssemblyFunction): Promise<void> {
  const bundle = copyBundle({ codeDirectory });
  const program = `if (typeof require(${JSON.stringify(bundle.file)}).handler !== "function") process.exit(1);`;
  try {
    await run([process.execPath, "--eval", program], repository, { AWS_REGION: "us-east-1", ...environment });
  } catch (error) {
    throw new Error(`${logicalId} does not load.`, { cause: error });
  } finally {
    bundle.remove();
  }
}

async function main(checks: Checks, directory: string): Promise<void> {
  const tarball = await checks.that("the package is made", async () => {
    mkdirSync(join(directory, "packed"));
    return await pack(join(directory, "packed"));
  });
  await checks.that("made again, it has the same bytes", async () => {
    mkdirSync(join(directory, "again"));
    const again = await pack(join(directory, "again"));
    ok(readFileSync(again).equals(readFileSync(tarball)), "it differs");
  });
  const packed = join(directory, "packed", "package");
  await checks.that("it has what it is to have, and brings no other package with it", async () => lookInside(packed));
  await checks.that("what is in its bundles is listed, and may be given away", async () => lookAtMaterials(packed));

  const made = await checks.that("the README's lines are synthesised from the sources", async () => {
    return await synthesiseSources(join(directory, "sources"));
  });
  for (const type of ["commonjs", "module"] as const) {
    const app = new FreshApp({ directory: join(directory, type), type, tarball });
    await checks.that(`a fresh app (${type}) installs it`, async () => await app.install());
    await checks.that(`the README's lines have the types of it (${type})`, async () => {
      await app.compile(readmeLines());
    });
    const assembly = await checks.that(`they are synthesised without a bundler (${type})`, async () => {
      return await Assembly.of("shop.js", app.directory, join(directory, `${type}-assembly`));
    });
    await checks.that(`to what the sources make, each byte of code included (${type})`, async () => {
      deepEqual(assembly.content(), made.content());
    });
    if (type === "module") {
      await checks.that("each function loads", async () => {
        const functions = assembly.functions();
        ok(functions.length > 10);
        for (const each of functions) {
          await load(each);
        }
        return `${functions.length} functions`;
      });
    }
  }

  await checks.that("the example of a shop is synthesised with it", async () => {
    const packages = ["@aws-sdk/client-secrets-manager", "esbuild"];
    const app = new FreshApp({ directory: join(directory, "example"), type: "module", tarball, packages });
    await app.install();
    app.copy(join(repository, "examples", "shop"));
    const assembly = await Assembly.of("app.ts", app.directory, join(directory, "example-assembly"));
    equal(assembly.functions().length, made.functions().length + 1);
  });
}

const checks = new Checks();
const directory = mkdtempSync(join(tmpdir(), "inventory-package-"));
const startMs = performance.now();
try {
  await main(checks, directory);
} catch (error) {
  if (!(error instanceof FailedCheck)) {
    throw error;
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
  rmSync(sources, { recursive: true, force: true });
}
console.log(`${Math.round((performance.now() - startMs) / 1000)} s`);
console.log(checks.summary);
process.exitCode = checks.hasFailed ? 1 : 0;
