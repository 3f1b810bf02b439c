/** Amounts of what AWS bills, and what they come to. */
import { type Billed, prices } from "./price-list.ts";

/** So much of each; what is not named is none. */
export type Work = Readonly<Partial<Record<Billed, number>>>;

/** The parts of a bill. */
export const services = {
  DynamoDB: ["writeUnits", "readUnits", "storedGb", "recoverableGb"],
  Lambda: ["invocations", "gbSeconds", "provisionedGbSeconds"],
  "API Gateway": ["requests", "egressGb"],
  "SQS, SNS": ["queueRequests", "publishes"],
  CloudWatch: ["loggedGb", "archivedGb", "metrics", "alarmMetrics", "dashboards"],
  "X-Ray": ["traces"],
  Cognito: ["clients", "tokens"],
} as const satisfies Readonly<Record<string, readonly Billed[]>>;

export type Service = keyof typeof services;
export const serviceNames = Object.keys(services) as Service[];

export function sumOf(...works: readonly Work[]): Work {
  const sum: Partial<Record<Billed, number>> = {};
  for (const work of works) {
    for (const [name, amount] of Object.entries(work) as [Billed, number][]) {
      sum[name] = (sum[name] ?? 0) + amount;
    }
  }
  return sum;
}

export function times(factor: number, work: Work): Work {
  return Object.fromEntries(Object.entries(work).map(([name, amount]) => [name, factor * amount]));
}

/** In dollars. */
export function usdOf(work: Work, of: readonly Billed[] = Object.keys(prices) as Billed[]): number {
  return of.reduce((sum, name) => sum + (work[name] ?? 0) * prices[name].usd, 0);
}
