/** What the load writes down for the report, in files: it runs in a process of its own. */
import type { OperationId } from "../../functions/contract/routes.ts";

/** One request and its answer. */
export interface CallRecord {
  readonly operation: OperationId;
  readonly fromMs: number;
  readonly untilMs: number;
  /** 0 where there was no answer at all. */
  readonly status: number;
  /** The problem's code; `gateway` for an answer that is not the service's own; null for a success. */
  readonly code: string | null;
  readonly hasRetryAfter: boolean;
}

export const dispositions = ["restock", "damaged", "qualityControl"] as const;
export type Disposition = (typeof dispositions)[number];

/** What the load knows to have happened: each of it was answered. */
export interface Books {
  readonly reservationIds: readonly string[];
  /** Units by SKU. */
  readonly received: Readonly<Record<string, number>>;
  readonly returned: Readonly<Record<Disposition, Readonly<Record<string, number>>>>;
  /** Requests that were sent again and again and never answered for good: nobody knows what became of them. */
  readonly unanswered: number;
}
