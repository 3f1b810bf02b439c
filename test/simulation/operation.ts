/** What clients of the simulated service ask for. */
import type { Disposition } from "../../functions/domain/fulfilment.ts";
import type { LevelKey, StockState } from "../../functions/domain/level.ts";
import type { RequestedLine } from "../../functions/domain/line.ts";

export type Command =
  | {
      readonly kind: "reserve";
      readonly reservationId: string;
      readonly lines: readonly RequestedLine[];
      readonly ttlSeconds: number;
      readonly customerId: string | null;
      readonly referenceId: string | null;
      readonly mayBackorder: boolean;
    }
  | {
      readonly kind: "rearrange";
      readonly reservationId: string;
      readonly lines: readonly RequestedLine[];
      readonly ttlSeconds: number | null;
    }
  | { readonly kind: "commit"; readonly reservationId: string; readonly orderId: string }
  | { readonly kind: "extend"; readonly reservationId: string; readonly ttlSeconds: number }
  | { readonly kind: "release"; readonly reservationId: string }
  /** Null: all of it. */
  | { readonly kind: "fulfil"; readonly reservationId: string; readonly line: number | null; readonly quantity: number }
  | {
      readonly kind: "return";
      readonly reservationId: string;
      readonly line: number;
      readonly quantity: number;
      readonly locationId: string;
      readonly disposition: Disposition;
    }
  | {
      readonly kind: "adjust";
      readonly changes: readonly (LevelKey & {
        readonly state: StockState;
        readonly delta: number;
        readonly set: number | null;
        /** What the caller takes it to be before. */
        readonly expected: number | null;
        readonly force: boolean;
      })[];
      readonly atomic: boolean;
    }
  | { readonly kind: "put-item"; readonly sku: string; readonly variant: number }
  | {
      readonly kind: "configure";
      readonly level: LevelKey;
      readonly lowStockThreshold: number | null;
      readonly backorderLimit: number | null;
    }
  | { readonly kind: "split"; readonly level: LevelKey; readonly cells: number }
  | { readonly kind: "put-location"; readonly locationId: string; readonly active: boolean };

export interface Operation {
  readonly number: number;
  /** After the beginning of the run, in milliseconds. */
  readonly atMs: number;
  readonly command: Command;
  /**
   * Whether the client looks at the reservation first, and says with `If-Match` which lines it has seen: so long
   * before it sends the command, in milliseconds. Null when it does not mind.
   */
  readonly looksAheadMs: number | null;
  /** Whether it sends a key with which the same request is recognised; without one it sends it once only. */
  readonly hasKey: boolean;
}
