/**
 * The same look as `reconcile`, as a walk that never ends: each run goes on where the last one stopped, and stops when
 * its time is over or when it has read enough, so that it covers a table of any size at a cost that is bounded. It
 * writes nothing but its own position.
 *
 * A level is judged by its movements and the reservations that they name; an open reservation, which may claim units
 * that no movement speaks of, is compared with the movements that name it.
 */
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { ReservationStatus } from "../domain/reservation.ts";
import type { Metrics } from "../metrics.ts";
import type { Tables } from "../storage/client.ts";
import { entityOf, type Key } from "../storage/keys.ts";
import { readPosition, savePosition } from "../storage/reconcile-position.ts";
import { readString, type StoredItem } from "../storage/stored-item.ts";
import { inTurns } from "./judge-level.ts";
import { type JudgingServices, judgeTarget, type Target, type TargetVerdict } from "./judge-target.ts";

export interface WalkServices extends JudgingServices {
  readonly tables: Tables;
  readonly metrics: Metrics;
}

export interface WalkLimits {
  /** No further part of the table is begun after this. */
  readonly endsAtMs: number;
  /** A level whose history is not read by then is left without a verdict, so that no level can stop the walk. */
  readonly givesUpAtMs: number;
  /** How long a difference may last before it counts: movements come seconds after the write. */
  readonly settleMs: number;
  /** No further part of the table is begun when so many movements have been read: it bounds what a run costs. */
  readonly mostMovements: number;
  /** Nor when so many items of the table have been passed, most of which need no verdict: it bounds what a large table costs. */
  readonly mostItems: number;
}

export interface Walked {
  readonly levels: number;
  readonly openReservations: number;
  readonly movements: number;
  /** Levels and reservations that changed so often that no verdict was possible. */
  readonly undecided: number;
  /** Levels and reservations that do not agree with their movements. */
  readonly differences: number;
  /** The end of the table was reached; the next run begins anew. */
  readonly isComplete: boolean;
}

const itemsPerPage = 1_000;
/** Things that are judged before the position is saved: two for each that is judged at a time, and each may be waited for. */
const targetsPerStep = 16;

/** Logs and counts every difference that it meets on its way. */
export async function walkTable(services: WalkServices, limits: WalkLimits): Promise<Walked> {
  const { client, tables, runtime, log, metrics } = services;
  const sums = { levels: 0, openReservations: 0, movements: 0, undecided: 0, differences: 0 };
  const position = await readPosition(client, tables.views);
  const beganAtMs = position?.after == null ? runtime.now() : position.beganAtMs;
  let after: Key | null = position?.after ?? null;
  let items = 0;
  const isSpent = (): boolean => runtime.now() >= limits.endsAtMs || sums.movements >= limits.mostMovements;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: tables.inventory,
        ConsistentRead: true,
        Limit: Math.min(itemsPerPage, limits.mostItems),
        ExclusiveStartKey: after ?? undefined,
      }),
    );
    items += Items.length;
    for (const { targets, next } of stepsOf(Items, (LastEvaluatedKey as Key | undefined) ?? null)) {
      const verdicts = await inTurns(targets, async (target) => {
        const patience = { settledAtMs: runtime.now() + limits.settleMs, givesUpAtMs: limits.givesUpAtMs };
        return await judgeTarget(services, target, patience);
      });
      for (const { kind, movements, verdict } of verdicts) {
        sums.levels += kind === "level" ? 1 : 0;
        sums.openReservations += kind === "reservation" && verdict !== "ended" ? 1 : 0;
        sums.movements += movements;
        sums.undecided += verdict === "undecided" ? 1 : 0;
        sums.differences += verdict === "different" ? 1 : 0;
      }
      countStep(metrics, verdicts);
      after = next;
      await savePosition(client, tables.views, { after, beganAtMs });
      // Items that were read are judged as well: not to read them again is what their number is bounded for.
      if (isSpent()) {
        break;
      }
    }
  } while (after !== null && !isSpent() && items < limits.mostItems);

  const walked = { ...sums, isComplete: after === null };
  log.info(walked.isComplete ? "whole table checked" : "part of the table checked", {
    ...walked,
    walkMs: runtime.now() - beganAtMs,
  });
  return walked;
}

interface Step {
  readonly targets: readonly Target[];
  /** What is behind this begins the next step; null at the end of the table. */
  readonly next: Key | null;
}

/** Most items of a table are records of what has ended, markers and the like, which are passed over. */
function stepsOf(page: readonly StoredItem[], next: Key | null): readonly Step[] {
  const found = page.flatMap((item) => {
    const key = { pk: readString(item, "pk"), sk: readString(item, "sk") };
    const target = targetIn(key, item);
    return target === null ? [] : [{ key, target }];
  });
  const steps: Step[] = [];
  for (let start = 0; start < found.length; start += targetsPerStep) {
    const step = found.slice(start, start + targetsPerStep);
    const isLast = start + targetsPerStep >= found.length;
    steps.push({ targets: step.map(({ target }) => target), next: isLast ? next : (step.at(-1)?.key ?? null) });
  }
  return steps.length === 0 ? [{ targets: [], next }] : steps;
}

const endedStatuses: readonly unknown[] = ["fulfilled", "released", "expired"] satisfies readonly ReservationStatus[];

/** A reservation whose status cannot be read is one to judge: that is found out then. */
function targetIn(key: Key, item: StoredItem): Target | null {
  const entity = entityOf(key);
  if (entity.kind === "stock" && entity.key.cell === null) {
    return { kind: "level", level: entity.key };
  }
  return entity.kind === "reservation" && !endedStatuses.includes(item["status"])
    ? { kind: "reservation", reservationId: entity.reservationId }
    : null;
}

/** After each step, so that what a run found is counted also when it is broken off later. */
function countStep(metrics: Metrics, verdicts: readonly TargetVerdict[]): void {
  const isChecked = ({ kind, verdict }: TargetVerdict): boolean => kind === "level" && verdict !== "undecided";
  metrics.add("levelsChecked", verdicts.filter(isChecked).length);
  metrics.add("levelsUndecided", verdicts.filter(({ verdict }) => verdict === "undecided").length);
  metrics.add("reconcileDifferences", verdicts.filter(({ verdict }) => verdict === "different").length);
}
