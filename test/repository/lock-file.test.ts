import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");

/** Where a package that another one wants is looked for: beside it, and then ever further up. */
function isLocked(from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.replace(/\/?node_modules\/(?:@[^/]+\/)?[^/]+$/, "")) {
    if (lock.packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`] !== undefined) {
      return true;
    }
    if (folder === "") {
      return false;
    }
  }
}

const allowed = new Set([
  ...["MIT", "MIT-0", "ISC", "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "Python-2.0"],
  ...["Unlicense", "CC0-1.0", "CC-BY-3.0", "MPL-2.0"],
]);

/** Of an SPDX expression: one that may be chosen, or each that applies. What is nested is not read, and not allowed. */
function isAllowed(license: string): boolean {
  const choices = license.replace(/^\((.*)\)$/, "$1").split(" OR ");
  return choices.some((choice) => choice.split(" AND ").every((each) => allowed.has(each)));
}

describe("the lock file", () => {
  it("has the packages of every platform, so that it installs everywhere", () => {
    const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
    );
    expect(missing).toEqual([]);
  });

  it("names no host to install from", () => {
    expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it("has only licences that may be used to make what is distributed under MIT", () => {
    const others = packages.filter(([, { license }]) => license === undefined || !isAllowed(license));
    expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });
});

describe("a licence", () => {
  it.each(["MIT", "(MIT OR GPL-3.0-only)", "MIT AND ISC"])("%s is allowed", (license) => {
    expect(isAllowed(license)).toBe(true);
  });

  it.each(["GPL-3.0-only", "MIT AND GPL-3.0-only", "SEE LICENSE IN LICENSE.md", "UNLICENSED", ""])(
    "%s is not",
    (license) => {
      expect(isAllowed(license)).toBe(false);
    },
  );
});

describe("the dependencies", () => {
  it("are pinned exactly", () => {
    const versions = Object.entries(manifest.devDependencies);
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it("of the package are those of the CDK alone, from the version on that it is tested with", () => {
    expect(manifest.dependencies).toBeUndefined();
    const { "aws-cdk-lib": library, constructs } = manifest.devDependencies;
    expect(manifest.peerDependencies).toEqual({ "aws-cdk-lib": `^${library}`, constructs: `^${constructs}` });
  });
});
