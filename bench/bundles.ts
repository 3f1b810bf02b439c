/** What the built bundles weigh, how soon they have started, and what a warm request costs them. */
import { ensureAssembly } from "../local/synthesis.ts";
import { builtFunctions, mostBundleBytes } from "./built-functions.ts";
import { measuredRequests, measureHandlerCpu, rounds, warmUpRequests } from "./handler-cpu.ts";
import { measureModuleStart, startsOfEach } from "./module-start.ts";
import { tableOf } from "./table.ts";

const mostStartMs = 200;
const mostRequestMs = 3;

function verdict(isWithin: boolean, otherwise: string): string {
  return isWithin ? "ok" : otherwise;
}

/** Prints sizes, starts and CPU times; false when a bundle is too large. Times are targets: machines differ. */
export async function runBundles(print: (text: string) => void): Promise<boolean> {
  await ensureAssembly();
  const built = builtFunctions();
  const rows: string[][] = [];
  for (const each of built) {
    const startMs = await measureModuleStart(each);
    rows.push([
      each.name,
      each.bytes.toLocaleString("en"),
      verdict(each.bytes <= mostBundleBytes, "TOO LARGE"),
      startMs.toFixed(0),
      verdict(startMs <= mostStartMs, "over"),
    ]);
  }
  print(`${tableOf(["bundles", "bytes", "", "start ms", ""], rows)}

The files of the synthesised assembly; at most ${mostBundleBytes.toLocaleString("en")} bytes each, which is a gate. Start is the loading of the
bundle in a fresh process of this Node, with nothing else in it and without Node's own start: the median of ${startsOfEach},
one after the other, the file in the system's cache. Target ${mostStartMs} ms.`);

  const requests = await measureHandlerCpu(built);
  print(`${tableOf(
    ["handler's own CPU, of one warm request", "median ms", "mean ms", "loudest", ""],
    requests.map(({ functionName, title, medianMs, meanMs, loudestMedianMs }) => [
      `${functionName}: ${title}`,
      medianMs.toFixed(2),
      meanMs.toFixed(2),
      loudestMedianMs.toFixed(2),
      verdict(medianMs <= mostRequestMs, "over"),
    ]),
  )}

The bundle runs in a process of its own, and its handler gets API Gateway v2 events one after the other: ${warmUpRequests} to
warm up, then ${rounds} rounds of ${measuredRequests.toLocaleString("en")}. Median and mean are those of the quietest round; "loudest" is the median of
the round that the machine disturbed most. Counted is the CPU time of that process, user and system, all its threads,
from call to answer (process.cpuUsage). The first request goes to DynamoDB Local; all others get the answers that it
gave from an endpoint in another process, at once, so that DynamoDB's own work is not counted, and signing,
marshalling and HTTP over the loopback are, without TLS. Target ${mostRequestMs} ms; the mean has the collection of garbage in it.`);
  return built.every(({ bytes }) => bytes <= mostBundleBytes);
}
