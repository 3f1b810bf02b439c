/** Loaded before everything else (`node --import`): gives the mutant's text in place of its file, which stays as it is. */
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mutantOfProcess, mutated } from "./mutant.ts";

const mutant = mutantOfProcess();
if (mutant !== null) {
  const mutatedUrl = pathToFileURL(join(import.meta.dirname, "..", "..", mutant.file)).href;
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      return url === mutatedUrl ? { ...loaded, source: mutated(String(loaded.source), mutant) } : loaded;
    },
  });
}
