import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Folders whose tests start real parts of their own. */
const onParts = [
  "test/bench/**/*.test.ts",
  "test/cli/**/*.test.ts",
  "test/consumers/**/*.test.ts",
  "test/stock/**/*.test.ts",
  "test/storage/**/*.test.ts",
  "test/reconcile/**/*.test.ts",
  "test/reservations/**/*.test.ts",
  "test/local/**/*.test.ts",
  "test/faults/**/*.test.ts",
];
/** Tests of the one local stack that all of them share. */
const onStack = ["test/api/**/*.test.ts", "test/examples/checkout.test.ts", "test/properties/over-http.test.ts"];

/** Tests of the synthesised template. */
const onTemplate = ["test/lib/**/*.test.ts", "test/examples/*-stack.test.ts"];

/** Synthesis and the start of a JVM take their time on a busy machine; nothing waits for so long when all is well. */
const patience = { testTimeout: 120_000, hookTimeout: 180_000 };

export default defineConfig({
  // Examples import the package; here it is its sources, and in `npm run test:package` what was packed.
  resolve: { alias: { "inventory-service": join(import.meta.dirname, "lib", "index.ts") } },
  test: {
    // Much of a test is waiting for a real part: with as many workers as cores a third of the time went by unused.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // The tests of the shared stack end with a look at all of its tables.
    teardownTimeout: 120_000,
    projects: [
      { test: { name: "unit", include: ["test/**/*.test.ts"], exclude: [...onTemplate, ...onParts, ...onStack] } },
      // They change nothing that another file could see, and share the CDK, which takes seconds to load.
      { test: { name: "template", include: onTemplate, isolate: false, ...patience } },
      {
        test: {
          name: "parts",
          include: onParts,
          globalSetup: ["test/support/shared-database.ts"],
          ...patience,
        },
      },
      {
        test: {
          name: "stack",
          include: onStack,
          // Nothing of it runs unless a test of this project does.
          globalSetup: ["test/support/local-stack.ts"],
          ...patience,
        },
      },
    ],
  },
});
