/** A CDK app outside of this repository, which has nothing but what it installs. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { run } from "./run-command.ts";

const repository = join(import.meta.dirname, "..", "..");
const pinned: Readonly<Record<string, string>> = manifest.devDependencies;

export interface FreshAppOptions {
  readonly directory: string;
  /** How its files are loaded. */
  readonly type: "commonjs" | "module";
  /** The file that `npm pack` has made. */
  readonly tarball: string;
  /** Packages of this repository that it needs beside the CDK, in the same versions. */
  readonly packages?: readonly string[];
}

export class FreshApp {
  readonly directory: string;

  constructor({ directory, type, tarball, packages = [] }: FreshAppOptions) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
    const versions = ["aws-cdk-lib", "constructs", "@types/node", ...packages].map((name) => [name, pinned[name]]);
    this.write("package.json", {
      private: true,
      type,
      dependencies: { ...Object.fromEntries(versions), [manifest.name]: `file:${tarball}` },
    });
    // What the CDK's own templates for apps set, without leaving out the declarations of libraries.
    this.write("tsconfig.json", {
      compilerOptions: { module: "nodenext", target: "es2022", strict: true, types: ["node"], skipLibCheck: false },
      files: ["shop.ts"],
    });
  }

  /** From the registry, or from what npm has kept of it. */
  async install(): Promise<void> {
    await run(["npm", "install", "--prefer-offline", "--no-audit", "--no-fund"], this.directory);
  }

  /** Checks the types of its TypeScript, all declarations included, and makes JavaScript of it. */
  async compile(source: string): Promise<void> {
    writeFileSync(join(this.directory, "shop.ts"), source);
    await run([join(repository, "node_modules", ".bin", "tsc"), "--project", "."], this.directory);
  }

  copy(files: string): void {
    cpSync(files, this.directory, { recursive: true });
  }

  private write(file: string, content: unknown): void {
    writeFileSync(join(this.directory, file), JSON.stringify(content, null, 2));
  }
}

/** The lines of TypeScript in the README. */
export function readmeLines(): string {
  const [, lines] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(repository, "README.md"), "utf8")) ?? [];
  if (lines === undefined) {
    throw new Error("The README has no TypeScript.");
  }
  return lines;
}
