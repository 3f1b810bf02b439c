/** What a reader must know to judge the figures: assumptions, definitions, and the quotas that such a drop needs. */
import {
  burstSeconds,
  coldStartMs,
  environmentsPer10Seconds,
  handlerMs,
  partitionReadUnitsPerSecond,
  partitionWriteUnitsPerSecond,
  retryBudgetMs,
  singleLatencyMs,
  transactionLatencyMs,
} from "./assumptions.ts";

export function assumptionsText(): string {
  return `A simulation in virtual time that drives the service's own code for planning and retrying; nothing is measured
in an account. Assumed, with sources:
- buyers come independently of each other (Poisson) and wait for nobody; each wants one unit of one SKU;
- one call that reads or puts: p50 ${singleLatencyMs.p50}, p99 ${singleLatencyMs.p99} ms; one transaction: p50 ${transactionLatencyMs.p50}, p99 ${transactionLatencyMs.p99} ms, cancelled
  ones too; log-normal (A. DeBrie, "DynamoDB Transactions Performance Testing", 2020: 7.55, 16.2, 25.3 and 92.5 ms);
- a transaction locks its items in the middle of its latency for as long as the table says (not published; swept), and
  is cancelled when it meets a locked item (USENIX ATC 2023, "Distributed Transactions at Scale in Amazon DynamoDB");
- a partition has ${partitionWriteUnitsPerSecond.toLocaleString("en")} write and ${partitionReadUnitsPerSecond.toLocaleString("en")} read units a second (AWS) and saves up ${burstSeconds} s of them (AWS: up to
  300 s, not promised); keys hash onto partitions evenly; partitions do not split while it lasts;
- a transactional write of up to 1 KB takes two units, and so it does when it is cancelled (AWS);
- an environment of Lambda serves one request at a time, any idle one the next; when all are busy one more is started
  (p50 ${coldStartMs.p50}, p99 ${coldStartMs.p99} ms, assumed), at most ${environmentsPer10Seconds.toLocaleString("en")} in 10 s (AWS); ${handlerMs} ms of a request are the handler's own (assumed);
- times are those of the function, without API Gateway and the network to the buyer; ${retryBudgetMs / 1_000} s until 503.
A false sold-out is a refusal for want of stock although the units free never fell below the wanted quantity between
the begin of the reads that decided it and its answer, or since the marker that it trusted was set, 1 s ago at most.`;
}

export function quotasText(): string {
  return `10,000 reservations a second need, in one region:
- Lambda: rate × time: 10,000/s × 0.035 s = 350 busy environments at the mean; 500 provisioned, 1,000 for a
  start at once; a quota of 3,000 (default 1,000), of which 1,000 more are started in 10 s at most;
- DynamoDB: 10,000/s × 4 = 40,000 write units a second for the inventory table, the whole default quota of a table
  (40,000), before expiries and commits: raise it to 80,000, and raise the table's warm throughput to 80,000 write units
  a day before (a new on-demand table starts at 4,000): that gives it 80 partitions, since hashed keys fill 40 unevenly;
  the movements table takes one more unit for each reservation, and one for its end;
- API Gateway: 10,000 requests a second is the default quota of an account: raise it to 20,000, and the stage's own
  limit (5,000 in lib/api.ts) with it.`;
}
