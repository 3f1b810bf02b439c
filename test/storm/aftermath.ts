/** What must be true when a storm is over and all that it set off is done. Each finding is a sentence; none is good. */
import { setTimeout as sleep } from "node:timers/promises";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { report as describeReconciliation } from "../../cli/reconcile.ts";
import type { LocalStack } from "../../local/stack.ts";
import { ApiClient, type Reply } from "../api/client.ts";
import { messagesIn, untilAtRest } from "../support/at-rest.ts";
import { reconcileStack } from "../support/reconcile-stack.ts";
import { componentsOf, stockedSkus } from "./assortment.ts";
import { shortHoldSeconds } from "./buyer.ts";
import { redrive } from "./dead-letters.ts";
import { type Books, dispositions } from "./records.ts";

/** Messages that were being worked on when their queue died come again after the visibility timeout. */
const restWithinMs = 180_000;
/** What dies again each time it is given back is no child of an outage. */
const mostRedrives = 3;
const readsAtATime = 8;

export interface Aftermath {
  readonly deadLetters: number;
  /** The last line of the reconciliation. */
  readonly reconciled: string;
  readonly findings: readonly string[];
}

export async function settle(stack: LocalStack, sqs: SQSClient, books: Books): Promise<Aftermath> {
  const findings: string[] = [];
  // A deadline that is to come is a delayed message, which nobody's rest counts.
  await sleep(shortHoldSeconds.most * 1_000);
  let deadLetters = 0;
  for (let round = 0; round <= mostRedrives; round += 1) {
    if (!(await untilAtRest(stack, restWithinMs))) {
      findings.push(
        `Not at rest after ${restWithinMs / 1_000} s: ${JSON.stringify(await messagesIn(sqs, stack.queueUrls))}`,
      );
      break;
    }
    const redriven = await redrive(sqs, stack);
    if (redriven === 0) {
      break;
    }
    deadLetters += redriven;
    if (round === mostRedrives) {
      findings.push(`${redriven} messages died again and again.`);
    }
  }
  const reconciliation = await reconcileStack(stack);
  const { differences, undecided } = reconciliation;
  const text = describeReconciliation(reconciliation);
  if (differences.length + undecided.length > 0) {
    findings.push(text);
  }
  const api = new ApiClient(stack.url, await stack.tokenFor());
  findings.push(...(await findingsOfBooks(api, books)), ...(await findingsOfSummaries(api)));
  findings.push(...(await findingsOfUndelivered(stack)));
  if (books.unanswered > 0) {
    findings.push(`${books.unanswered} requests were never answered.`);
  }
  return { deadLetters, reconciled: text.split("\n").at(-1) ?? "", findings };
}

async function readReservations(api: ApiClient, ids: readonly string[]): Promise<readonly Reply["body"][]> {
  const waiting = [...ids];
  const read: Reply["body"][] = [];
  const work = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const { status, body } = await api.get(`/v1/reservations/${id}`);
      if (status !== 200) {
        throw new Error(`The reservation ${id} was made and is ${status}: ${JSON.stringify(body)}`);
      }
      read.push(body);
    }
  };
  await Promise.all(Array.from({ length: readsAtATime }, work));
  return read;
}

/** What came in is on the shelves, shipped or came back, and what is reserved is what the open ones hold. */
async function findingsOfBooks(api: ApiClient, books: Books): Promise<readonly string[]> {
  const findings: string[] = [];
  const shipped = new Map<string, number>();
  const reserved = new Map<string, number>();
  const add = (to: Map<string, number>, sku: string, units: number) => to.set(sku, (to.get(sku) ?? 0) + units);
  for (const { reservationId, status, expiresAt, lines } of await readReservations(api, books.reservationIds)) {
    if (status === "held" && Date.parse(expiresAt) < Date.now()) {
      findings.push(`${reservationId} is held beyond its deadline, ${expiresAt}.`);
    }
    for (const line of lines) {
      for (const { sku, quantity } of componentsOf(line.sku)) {
        // A kit may be shipped by component, which its line tells only when it is whole: here kits are shipped whole.
        add(shipped, sku, line.fulfilled * quantity);
        add(reserved, sku, -line.fulfilled * quantity);
      }
      // What was shipped is still told with the place that it was taken from.
      for (const { sku, quantity } of line.allocations) {
        add(reserved, sku, quantity);
      }
    }
  }
  for (const sku of stockedSkus) {
    const levels: readonly Record<string, number>[] = (await api.get(`/v1/levels?sku=${sku}`)).body.items;
    const sum = (figure: string) => levels.reduce((total, level) => total + (level[figure] ?? 0), 0);
    const back = (disposition: (typeof dispositions)[number]) => books.returned[disposition][sku] ?? 0;
    const cameBack = dispositions.reduce((total, disposition) => total + back(disposition), 0);
    const expected = {
      onHand: (books.received[sku] ?? 0) - (shipped.get(sku) ?? 0) + cameBack,
      reserved: reserved.get(sku) ?? 0,
      damaged: back("damaged"),
      qualityControl: back("qualityControl"),
    };
    for (const [figure, units] of Object.entries(expected)) {
      if (sum(figure) !== units) {
        findings.push(`${sku}: by what was answered ${figure} is ${units}, and the levels have ${sum(figure)}.`);
      }
    }
  }
  return findings;
}

/** Availability from the summaries is that of the levels. */
async function findingsOfSummaries(api: ApiClient): Promise<readonly string[]> {
  const query = stockedSkus.map((sku) => `sku=${sku}`).join("&");
  const [shown, exact] = await Promise.all([
    api.get(`/v1/availability?${query}`),
    api.get(`/v1/availability?${query}&exact=true`),
  ]);
  return stockedSkus.flatMap((sku, index) => {
    const [a, b] = [shown.body.items[index].available, exact.body.items[index].available];
    return a === b ? [] : [`${sku}: the summary shows ${a} available, and there are ${b}.`];
  });
}

/** Records of the stream that were given up. */
async function findingsOfUndelivered({ sqsUrl, undeliveredBucket }: LocalStack): Promise<readonly string[]> {
  const response = await fetch(`${sqsUrl}/${undeliveredBucket}?list-type=2`);
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`The undelivered records could not be listed: ${response.status} ${text}`);
  }
  const objects = text.match(/<Key>/g)?.length ?? 0;
  return objects === 0 ? [] : [`${objects} batches of the stream were given up.`];
}
