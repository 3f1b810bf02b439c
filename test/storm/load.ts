/**
 * The load of a storm, a process of its own: buyers and an office over HTTP, until the time is over. Its arguments are
 * the address, a token, the seed, the seconds, and the files for its calls and its books.
 */
import { createWriteStream, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { SeededRandom } from "../support/seeded-random.ts";
import { Buyer } from "./buyer.ts";
import { Caller, UnansweredError } from "./caller.ts";
import { Ledger } from "./ledger.ts";
import { Office } from "./office.ts";

const buyers = 10;
const clerks = 2;
/** A buyer looks at what he puts into his cart. */
const longestPauseMs = 60;

const [url = "", token = "", seed = "", seconds = "", callsFile = "", booksFile = ""] = process.argv.slice(2);
const calls = createWriteStream(callsFile);
const caller = new Caller(url, token, (call) => calls.write(`${JSON.stringify(call)}\n`));
const ledger = new Ledger();
const random = new SeededRandom(Number(seed));
const durationMs = Number(seconds) * 1_000;

const office = new Office(caller, ledger, random.fork());
await office.open();
// Who started this process begins with the faults now.
process.stdout.write("open\n");
const startedMs = Date.now();

async function untilOver(one: () => Promise<void>): Promise<void> {
  while (Date.now() < startedMs + durationMs) {
    try {
      await one();
    } catch (error) {
      if (!(error instanceof UnansweredError)) {
        throw error;
      }
      ledger.noteUnanswered();
    }
    await sleep(random.next() * longestPauseMs);
  }
}

async function splitInTheMiddle(): Promise<void> {
  await sleep(durationMs / 3);
  await office.splitHotShelf(true);
  await sleep(durationMs / 3);
  await office.splitHotShelf(false);
}

await Promise.all([
  ...Array.from({ length: buyers }, () => new Buyer(caller, ledger, random.fork())).map((buyer) =>
    untilOver(async () => await buyer.shop()),
  ),
  ...Array.from({ length: clerks }, () => new Office(caller, ledger, random.fork())).map((clerk) =>
    untilOver(async () => await clerk.work()),
  ),
  splitInTheMiddle(),
]);
writeFileSync(booksFile, JSON.stringify(ledger.books));
await new Promise((resolve) => calls.end(resolve));
