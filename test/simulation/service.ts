/** The functions of the service, bound to the simulated AWS as their handlers bind them to the real one. */
import { sendAlerts } from "../../functions/alerts/send-alerts.ts";
import { writeAudit } from "../../functions/audit/write-audit.ts";
import { refreshViews } from "../../functions/availability/refresh-views.ts";
import { allocateBackorders } from "../../functions/backorders/allocate-backorders.ts";
import { applySettings } from "../../functions/catalogue/apply-settings.ts";
import type { Destination } from "../../functions/changes/forwards.ts";
import { publishChanges } from "../../functions/changes/publish-changes.ts";
import type { ReservationTimes } from "../../functions/domain/reservation-times.ts";
import { expireReservation } from "../../functions/expiry/expire-reservation.ts";
import { releaseExpired } from "../../functions/expiry/release-expired.ts";
import type { Log } from "../../functions/log.ts";
import { type OutgoingMessage, sendAll, sendOne } from "../../functions/messaging/queue.ts";
import { publish } from "../../functions/messaging/topic.ts";
import { done, type Ending } from "../../functions/queue-consumer.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
import { isTransient } from "../../functions/storage/transaction.ts";
import type { Design } from "./design.ts";
import { databaseService } from "./world/database-service.ts";
import { Process, type Services } from "./world/process.ts";
import { Queues, type Received } from "./world/queues.ts";
import { startStream } from "./world/stream.ts";
import { startTimeToLive } from "./world/time-to-live.ts";
import { tables, type World } from "./world/world.ts";

/** Runs are shorter than a day: so that holds come to their longest life. */
export const times: ReservationTimes = { ...usualTimes, expiryGraceSeconds: 600, longestHoldSeconds: 1_300 };
/** What a consumer has of its 30 seconds before the last word. */
const consumerBudgetMs = 28_000;

const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface Published {
  readonly alertId: string;
}

export class SimulatedService {
  readonly world: World;
  readonly queues: Queues;
  readonly services: Services;
  /** What subscribers were told, in order. */
  readonly published: Published[] = [];

  private readonly design: Design;

  constructor(world: World, design: Design) {
    this.world = world;
    this.design = design;
    this.queues = new Queues(world);
    this.services = {
      database: databaseService(world),
      queues: this.queues.service,
      topic: (_command, input, _random, _isSlow, answer) => {
        this.published.push(JSON.parse(String(input["Message"])) as Published);
        answer(null, {});
      },
    };
    this.queues.consume = (queue, message, ended) => this.consume(queue, message, ended);
    startStream(world, (name, records, ended) => this.forward(name, records, ended));
    startTimeToLive(world);
  }

  process(name: string): Process {
    return new Process(this.world, this.services, name);
  }

  private forward(
    name: string,
    records: Parameters<Parameters<typeof startStream>[1]>[1],
    ended: Parameters<Parameters<typeof startStream>[1]>[2],
  ): void {
    const process = this.process(name);
    const read = publishChanges({
      queues: {
        audit: "audit",
        alerts: "alerts",
        views: "views",
        settings: "settings",
        backorders: "backorders",
        deadlines: "deadlines",
        expired: "expired",
      },
      send: async (queue, messages) => await sendAll(process.queueClient, queue, messages),
      runtime: process.runtime,
      telemetry: { log: silentLog, flush: () => undefined },
    });
    process.onCrash = () => ended(null);
    process.start(
      async () => await read({ Records: [...records] }),
      (error, response) => {
        if (error !== null) {
          this.world.fail("defects throw", `the stream's reader: ${textOf(error)}`);
        }
        ended(response ?? null);
      },
    );
  }

  private consume(
    queue: Destination,
    { body, isPoisoned, name, messageId }: Received,
    ended: (isDone: boolean) => void,
  ): void {
    const process = this.process(name);
    process.start(
      async () => (await this.workOn(process, queue, { body, messageId })).kind,
      (error, kind) => {
        this.world.note(() => `${name} ${error === null ? kind : `throws ${String(error)}`} ${body.slice(0, 160)}`);
        if (error !== null && !isPoisoned && !isExpected(error)) {
          this.world.fail("defects throw", `${queue}: ${textOf(error)} at ${body}`);
        }
        ended(error === null && kind !== "retry");
      },
    );
  }

  private async workOn(
    process: Process,
    queue: Destination,
    { body, messageId }: Pick<Received, "body" | "messageId">,
  ): Promise<Ending> {
    const { client, runtime } = process;
    const services = { client, tables, runtime, observe: () => undefined, times };
    const delivery = { messageId, budgetEndsAtMs: runtime.now() + process.timeLeftMs(consumerBudgetMs) };
    const wait = async (message: OutgoingMessage) => await sendOne(process.queueClient, queue, message);
    const message = JSON.parse(body);
    switch (queue) {
      case "audit":
        return this.design.logs(message) ? done : await writeAudit(services, message);
      case "alerts": {
        const tell = async (notification: Parameters<typeof publish>[2]) =>
          await publish(process.topicClient, "alerts", notification);
        return await sendAlerts({ ...services, publish: tell }, message, delivery);
      }
      case "views":
        return await refreshViews(services, message, delivery);
      case "backorders":
        return await allocateBackorders({ ...services, wait }, message, delivery);
      case "deadlines":
        return await expireReservation({ ...services, wait }, message, delivery);
      case "expired":
        return await releaseExpired({ ...services, log: silentLog }, message, delivery);
      case "settings": {
        const { kind } = await applySettings(services, { sku: message.sku, ...delivery });
        return kind === "applied" ? { kind: "done" } : { kind: "retry", reason: kind };
      }
    }
  }
}

/** What may be thrown when the world misbehaves: anything else is a defect of the code. */
export function isExpected(error: unknown): boolean {
  return (
    isTransient(error) ||
    (error instanceof Error && /left \d+ keys .* unread|conditional request failed/.test(error.message))
  );
}

export function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error);
}
