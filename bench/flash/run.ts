/** `npm run bench:flash [-- --quick] [-- --plot]`: a drop of one SKU in virtual time; see docs/flash-sales.md. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeMachine } from "../machine.ts";
import { assumptionsText, quotasText } from "./explanations.ts";
import { plotOf } from "./plot.ts";
import { comparisonTable, sellOutTable, sweepTable, targetList } from "./report.ts";
import { fullScenarios, quickScenarios } from "./scenarios.ts";
import { simulate } from "./simulate.ts";
import { targetOfSweep, targetsOfRush } from "./targets.ts";

const flags = process.argv.slice(2);
const unknown = flags.filter((flag) => flag !== "--quick" && flag !== "--plot");
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")}.\n\nUsage: npm run bench:flash [-- --quick] [-- --plot]`);
  process.exitCode = 64;
} else {
  await run(flags.includes("--quick"), flags.includes("--plot"));
}

async function run(isQuick: boolean, isPlotted: boolean): Promise<void> {
  const begunMs = performance.now();
  const scenarios = isQuick ? quickScenarios : fullScenarios;
  const print = (text: string): void => console.log(`\n${text}`);
  console.log(describeMachine());
  print(assumptionsText());
  const comparison = await simulate(scenarios.comparison);
  print(comparisonTable("stock for all", comparison));
  const sweep = await simulate(scenarios.sweep);
  print(sweepTable(sweep));
  const sellOuts = await simulate(scenarios.sellOuts);
  if (sellOuts.length > 0) {
    print(sellOutTable("until nothing is left", sellOuts));
  }
  const rushes = await simulate(scenarios.rushes);
  print(sellOutTable("a rush", rushes));
  print(quotasText());
  const targets = [...sweep.flatMap((each) => targetOfSweep(each) ?? []), ...rushes.flatMap(targetsOfRush)];
  print(targetList(targets));
  if (isPlotted) {
    writeFileSync(join(import.meta.dirname, "../../docs/flash-sales.svg"), plotOf(sellOuts));
  }
  print(`${((performance.now() - begunMs) / 1_000).toFixed(0)} s`);
  if (targets.some(({ isMet }) => !isMet)) {
    process.exitCode = 1;
  }
}
