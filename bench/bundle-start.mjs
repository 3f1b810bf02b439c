/*
 * One start of a function: `node bench/bundle-start.mjs <bundle>` prints the milliseconds that loading it takes,
 * Node's own start not counted. It is JavaScript, so that the fresh process has nothing to do but this.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const file = process.argv[2];
const startedMs = performance.now();
const { handler } = require(file);
const milliseconds = performance.now() - startedMs;
if (typeof handler !== "function") {
  throw new Error(`${file} exports no handler.`);
}
console.log(milliseconds);
process.exit();
