import { beforeAll, expect, test } from "vitest";
import { type BuiltFunction, builtFunctions, mostBundleBytes } from "../../bench/built-functions.ts";
import { ensureAssembly } from "../../local/synthesis.ts";

let built: readonly BuiltFunction[];

// Bundling all functions takes its time when the sources have changed and other tests run beside it.
beforeAll(async () => {
  await ensureAssembly();
  built = builtFunctions();
}, 180_000);

test("no bundle is larger than what may be shipped", () => {
  expect(built.map(({ name }) => name)).toEqual(expect.arrayContaining(["Storefront", "BackOffice", "Documents"]));
  expect(built.filter(({ bytes }) => bytes > mostBundleBytes).map(({ name, bytes }) => `${name}: ${bytes}`)).toEqual(
    [],
  );
});

test("a bundle's process has what the function reads, and nothing of this machine's own", () => {
  const storefront = built.find(({ name }) => name === "Storefront");
  expect(storefront?.environment).toMatchObject({ INVENTORY_TABLE: "inventory", EXPIRY_GRACE_SECONDS: "3600" });
  expect(storefront?.environment).not.toHaveProperty("PATH");
});
