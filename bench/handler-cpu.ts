/** The CPU time that a warm request costs the function that answers it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type ApiFunction, routes } from "../functions/contract/routes.ts";
import type { BuiltFunction } from "./built-functions.ts";
import { type BundleCopy, copyBundle } from "./bundle-copy.ts";
import { startDatabase } from "./database.ts";
import type { Answered, Requests } from "./handler-process.ts";
import { type HandlerRequest, handlerEvent, handlerRequests } from "./handler-requests.ts";
import { type RecordedEndpoint, startRecordedEndpoint } from "./recorded-endpoint.ts";
import { Shop } from "./shop.ts";
import { median } from "./statistics.ts";

export interface HandlerCpu {
  readonly functionName: string;
  readonly title: string;
  /** Of one request: the median of the quietest round. */
  readonly medianMs: number;
  /** The mean of the same round, in which the collection of garbage has its part. */
  readonly meanMs: number;
  /** The median of the loudest round: what lies between is the machine's doing. */
  readonly loudestMedianMs: number;
}

export const warmUpRequests = 300;
export const measuredRequests = 1_000;
/** Whatever else the machine does can only make a round slower. */
export const rounds = 3;

const functionNames: Readonly<Record<ApiFunction, string>> = {
  storefront: "Storefront",
  "back-office": "BackOffice",
  documents: "Documents",
};

/** A function in a process of its own. */
class HandlerProcess {
  private readonly child: ChildProcess;
  private readonly bundle: BundleCopy;
  private readonly ended: Promise<unknown>;

  constructor(built: BuiltFunction, dynamoDbUrl: string) {
    this.bundle = copyBundle(built);
    this.child = fork(join(import.meta.dirname, "handler-process.ts"), [this.bundle.file], {
      env: { ...built.environment, AWS_ENDPOINT_URL_DYNAMODB: dynamoDbUrl },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.ended = once(this.child, "exit");
  }

  async answer(requests: Requests): Promise<Answered> {
    this.child.send(requests);
    const answered = await Promise.race([once(this.child, "message"), this.ended.then(() => null)]);
    if (answered === null) {
      throw new Error("The function's process ended before it had answered.");
    }
    return answered[0] as Answered;
  }

  async stop(): Promise<void> {
    this.child.kill();
    await this.ended;
    this.bundle.remove();
  }
}

/** Each request, in the function that answers it. Throws when an answer has not the status that it is to have. */
export async function measureHandlerCpu(built: readonly BuiltFunction[]): Promise<readonly HandlerCpu[]> {
  const database = await startDatabase();
  const endpoint = await startRecordedEndpoint(database.url);
  const shop = await Shop.open(database);
  const measured: HandlerCpu[] = [];
  try {
    for (const [apiFunction, functionName] of Object.entries(functionNames)) {
      const bundle = built.find(({ name }) => name === functionName);
      if (bundle === undefined) {
        throw new Error(`There is no function ${functionName} in the assembly.`);
      }
      const running = new HandlerProcess(bundle, endpoint.url);
      try {
        for (const request of handlerRequests) {
          if (routes[request.operation].answeredBy === apiFunction) {
            measured.push({ functionName, ...(await measure(running, endpoint, shop, request)) });
          }
        }
      } finally {
        await running.stop();
      }
    }
  } finally {
    shop.close();
    await endpoint.stop();
    await database.stop();
  }
  return measured;
}

/** The first request is answered by DynamoDB Local; all others get the same answers, at once. */
async function measure(
  running: HandlerProcess,
  endpoint: RecordedEndpoint,
  shop: Shop,
  { title, operation, status, prepare }: HandlerRequest,
): Promise<Omit<HandlerCpu, "functionName">> {
  const event = JSON.stringify(handlerEvent(operation, await prepare(shop)));
  const ask = async (count: number): Promise<readonly number[]> => {
    const { statuses, cpuMicroseconds } = await running.answer({ event, count });
    if (statuses.some((answered) => answered !== status)) {
      throw new Error(`${title}: answered with ${statuses.join()} instead of ${status}.`);
    }
    return cpuMicroseconds;
  };
  endpoint.record();
  await ask(1);
  endpoint.replay();
  await ask(warmUpRequests);
  const measured: { readonly medianMs: number; readonly meanMs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const milliseconds = (await ask(measuredRequests)).map((microseconds) => microseconds / 1_000);
    const meanMs = milliseconds.reduce((sum, each) => sum + each, 0) / milliseconds.length;
    measured.push({ medianMs: median(milliseconds), meanMs });
  }
  const [quietest] = measured.sort((a, b) => a.medianMs - b.medianMs);
  return {
    title,
    medianMs: quietest?.medianMs ?? Number.NaN,
    meanMs: quietest?.meanMs ?? Number.NaN,
    loudestMedianMs: measured.at(-1)?.medianMs ?? Number.NaN,
  };
}
