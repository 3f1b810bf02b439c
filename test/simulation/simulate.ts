/** One run: a plan is played on a world, and every promise is checked on the way and at rest. */
import { putItem } from "../../functions/catalogue/put-item.ts";
import { putLocation } from "../../functions/catalogue/put-location.ts";
import { adjustStock } from "../../functions/stock/adjust-stock.ts";
import { Answers } from "./answers.ts";
import { checkAtRest } from "./at-rest.ts";
import { catalogue, describedLocation, locationIds } from "./catalogue.ts";
import { Clients, environmentOf } from "./clients.ts";
import { type Design, service } from "./design.ts";
import { changeCarts, sayLastWords } from "./last-words.ts";
import { Ledger } from "./ledger.ts";
import { LocationsInUse } from "./locations-in-use.ts";
import type { Plan } from "./plan.ts";
import { SimulatedService, textOf } from "./service.ts";
import { SoldOutRules } from "./sold-out.ts";
import { WantOfStock } from "./want-of-stock.ts";
import type { FaultCounts, FaultKind } from "./world/faults.ts";
import { queueNames } from "./world/queues.ts";
import { startMs, type Violation, World } from "./world/world.ts";
import { deleteWrongly } from "./wrong-deletions.ts";

export interface Result {
  readonly violation: Violation | null;
  readonly history: readonly string[];
  readonly operations: number;
  readonly answered: number;
  readonly events: number;
  readonly faults: FaultCounts;
  /** How often each way through the service was gone. */
  readonly paths: Readonly<Record<string, number>>;
}

export interface RunOptions {
  readonly without?: ReadonlySet<FaultKind>;
  readonly keepsHistory?: boolean;
  readonly design?: Design;
}

export async function simulate(
  plan: Plan,
  { without = new Set(), keepsHistory = false, design = service }: RunOptions = {},
): Promise<Result> {
  // Nothing else gets a turn while a run is played; between two of them, whoever started them does.
  await new Promise(setImmediate);
  const world = new World(plan.seed, { rate: plan.rate, without }, keepsHistory);
  const simulated = new SimulatedService(world, design);
  const ledger = new Ledger(world, plan.operations);
  const locations = new LocationsInUse(world);
  const soldOut = new SoldOutRules(world);
  const clients = new Clients(simulated, design.execute);
  const answers = new Answers(world, ledger, new WantOfStock(world, ledger, locations, soldOut), locations);
  clients.onAnswer = (attempt) => answers.judge(attempt);
  clients.onBegin = (process) => soldOut.begin(process);

  await openShop(simulated);
  poison(simulated);
  deleteWrongly(world, plan.operations);
  for (const operation of plan.operations) {
    world.schedule.at(startMs + operation.atMs, () => clients.begin(operation));
  }
  const lastMs = startMs + (plan.operations.at(-1)?.atMs ?? 0);
  world.schedule.at(lastMs + quietMs, () => changeCarts(simulated, ledger));
  await settle(world);
  if (world.violation === null) {
    await comeToRest(simulated);
  }
  if (world.violation === null) {
    sayLastWords(simulated, ledger);
    await settle(world);
  }
  if (world.violation === null) {
    answers.judgeAtRest(plan.operations);
    await checkAtRest(simulated, ledger);
  }
  return {
    violation: world.violation,
    history: world.history,
    operations: plan.operations.length,
    answered: clients.answered,
    events: world.schedule.happened,
    faults: world.faults.counts,
    paths: answers.paths,
  };
}

/** So long after its last operation every client has given up. */
const quietMs = 240_000;

/** Lets everything happen; a run that goes astray is a violation like any other. */
async function settle(world: World): Promise<void> {
  try {
    await world.run();
  } catch (error) {
    world.fail("the run comes to rest", textOf(error));
  }
}

/** How often dead letters are sent back until all of them are done with. */
const mostRedrives = 5;

/** Nothing goes wrong any more, and an operator sends the dead letters back. */
async function comeToRest({ world, queues }: SimulatedService): Promise<void> {
  world.faults.pause();
  for (let round = 0; round < mostRedrives && queues.redrive() > 0; round += 1) {
    await settle(world);
  }
  if (queues.size > 0 || queues.deadLetters.some(({ isPoisoned }) => !isPoisoned)) {
    world.fail("queues are empty at rest", JSON.stringify(queues.deadLetters.find(({ isPoisoned }) => !isPoisoned)));
  }
}

/** The catalogue, the locations and the first stock, before anything goes wrong. */
async function openShop(simulated: SimulatedService): Promise<void> {
  const { process, services } = environmentOf(simulated, "opening");
  const context = { actor: "simulated", budgetEndsAtMs: startMs + 3_600_000, expectedRevision: null, mustExist: false };
  const open = async (): Promise<void> => {
    for (const locationId of locationIds) {
      await putLocation(services, { ...context, locationId, description: describedLocation(locationId, true) });
    }
    for (const [sku, { description, homes, quantity }] of Object.entries(catalogue)) {
      await putItem(services, { ...context, sku, description });
      for (const locationId of homes) {
        const change = { kind: "delta", delta: quantity } as const;
        await adjustStock(services, {
          ...context,
          reason: "received",
          reference: null,
          atomic: true,
          changes: [{ sku, locationId, state: "onHand", change, expected: null, force: false }],
          requestDigest: "",
          operationDigest: `opening ${sku} ${locationId}`,
        });
      }
    }
  };
  const { faults } = simulated.world;
  faults.areHeldBack = true;
  process.start(open, (error) => {
    faults.areHeldBack = false;
    if (error !== null) {
      simulated.world.fail("defects throw", textOf(error));
    }
  });
  await simulated.world.schedule.run(() => !faults.areHeldBack);
}

const poisons = ["{", "{}", '{"kind":"level"}', '{"sku":1}', "null"];

/** Messages that nobody can work on are put into the queues. */
function poison({ world, queues }: SimulatedService): void {
  const random = world.random.named("poison");
  for (let count = 0; count < 2; count += 1) {
    if (world.faults.strikes("poisoned-message", random, 10)) {
      const [queue, body] = [random.pick(queueNames), random.pick(poisons)];
      world.schedule.after(600_000 * random.next(), () => queues.send(queue, body, 0, random, true));
    }
  }
}
