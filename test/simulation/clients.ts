/** Storefronts, warehouses and merchants: they send commands to environments of the API, and try again. */

import { LocationDirectory } from "../../functions/catalogue/location-directory.ts";
import { putItem } from "../../functions/catalogue/put-item.ts";
import { digestOf } from "../../functions/digest.ts";
import type { Outcome } from "../../functions/domain/refusal.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { extendReservation } from "../../functions/reservations/extend-reservation.ts";
import { fulfilReservation } from "../../functions/reservations/fulfil-reservation.ts";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { HotLevels } from "../../functions/reservations/hot-levels.ts";
import { rearrangeReservation } from "../../functions/reservations/rearrange-reservation.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { reserveStock } from "../../functions/reservations/reserve-stock.ts";
import { returnUnits } from "../../functions/reservations/return-units.ts";
import type { ReservationServices } from "../../functions/reservations/services.ts";
import { adjustStock } from "../../functions/stock/adjust-stock.ts";
import { configureLevel } from "../../functions/stock/configure-level.ts";
import { splitLevel } from "../../functions/stock/split-level.ts";
import { describedAnew } from "./catalogue.ts";
import type { Command, Operation } from "./plan.ts";
import { isExpected, type SimulatedService, textOf, times } from "./service.ts";
import type { Process } from "./world/process.ts";
import { tables, type World } from "./world/world.ts";

/** An environment of the API, which serves one request at a time and remembers what it has learnt. */
interface Environment {
  readonly process: Process;
  readonly services: ReservationServices;
  isBusy: boolean;
}

/** The deadline of a request within the function, and the time after which its caller gives up. */
const budgetMs = 8_000;
const patienceMs = 30_000;
const mostAttempts = 6;

/** One attempt of a client, as it ended. */
export interface Attempt {
  readonly operation: Operation;
  readonly begunMs: number;
  readonly outcome: Outcome<unknown>;
}

export class Clients {
  /** Told of every answer that a client gets. */
  onAnswer: (attempt: Attempt) => void = () => undefined;
  /** Operations that came to an answer which is none of contention. */
  answered = 0;
  private readonly service: SimulatedService;
  private readonly world: World;
  private readonly environments: Environment[] = [];
  private made = 0;

  constructor(service: SimulatedService) {
    this.service = service;
    this.world = service.world;
  }

  begin(operation: Operation): void {
    this.attempt(operation, 1);
  }

  private attempt(operation: Operation, attempt: number): void {
    const { world } = this;
    const begunMs = world.nowMs;
    const environment = this.freeEnvironment();
    const { process, services } = environment;
    environment.isBusy = true;
    let isWaiting = true;
    const endWaiting = (how: string, tryAgain: boolean): void => {
      if (!isWaiting) {
        return;
      }
      isWaiting = false;
      world.note(() => `operation ${operation.number} ${operation.command.kind} on ${process.name}: ${how}`);
      if (tryAgain && attempt < mostAttempts) {
        const random = world.random.named(`retry ${operation.number} ${attempt}`);
        world.schedule.after(500 + 10_000 * random.next(), () => this.attempt(operation, attempt + 1));
      }
    };
    process.onCrash = () => endWaiting("no answer, it crashed", true);
    world.schedule.after(patienceMs, () => endWaiting("no answer in time", true));
    world.note(() => `operation ${operation.number} on ${process.name}: ${JSON.stringify(operation.command)}`);
    process.start(
      async () => await execute(services, operation),
      (error, outcome) => {
        environment.isBusy = false;
        if (error !== null) {
          if (!isExpected(error)) {
            world.fail("defects throw", `operation ${operation.number} ${operation.command.kind}: ${textOf(error)}`);
          }
          endWaiting(`throws ${error instanceof Error ? error.name : error}`, true);
          return;
        }
        const answer = outcome as Outcome<unknown>;
        if (isWaiting && answer.kind !== "contention") {
          this.answered += 1;
          this.onAnswer({ operation, begunMs, outcome: answer });
        }
        const detail = answer.kind === "refused" ? ` ${JSON.stringify(answer.refusal).slice(0, 200)}` : "";
        endWaiting(`${answer.kind}${detail}`, answer.kind === "contention");
      },
    );
  }

  private freeEnvironment(): Environment {
    const free = this.environments.find(({ isBusy, process }) => !isBusy && process.isAlive);
    if (free !== undefined) {
      return free;
    }
    this.made += 1;
    const environment = environmentOf(this.service, `api-${this.made}`);
    this.environments.push(environment);
    return environment;
  }
}

export function environmentOf(service: SimulatedService, name: string): Environment {
  const process = service.process(name);
  const { client, runtime } = process;
  return {
    process,
    isBusy: false,
    services: {
      client,
      tables,
      runtime,
      locations: new LocationDirectory(client, tables.inventory, runtime),
      hotLevels: new HotLevels({ client, table: tables.inventory, runtime }),
      times,
      defaultAllocation: "fewest-splits",
      mostOpenHolds: 12,
    },
  };
}

/** What the API makes of a command: the same every time that the client sends it. */
async function execute(services: ReservationServices, { number, command }: Operation): Promise<Outcome<unknown>> {
  const context = { actor: "simulated", budgetEndsAtMs: services.runtime.now() + budgetMs };
  const expectedRevision = null;
  const requestDigest = digestOf(JSON.stringify(command));
  const change = { keyDigest: digestOf("key", String(number)), requestDigest };
  switch (command.kind) {
    case "reserve": {
      const { mayBackorder, ...rest } = command;
      const terms = { strategy: services.defaultAllocation, shipTo: null, mayBackorder };
      return await reserveStock(services, { ...context, ...rest, terms, requestDigest });
    }
    case "rearrange":
      return await rearrangeReservation(services, { ...context, ...command, expectedRevision });
    case "commit":
      return await commitReservation(services, { ...context, ...command, expectedRevision });
    case "extend":
      return await extendReservation(services, { ...context, ...command, expectedRevision });
    case "release":
      return await releaseReservation(services, { ...context, ...command, reason: null, expectedRevision });
    case "fulfil": {
      const sku = await skuOfLine(services, command.reservationId, command.line);
      const units = sku === null ? null : [{ sku, quantity: command.quantity, locationId: null }];
      return await fulfilReservation(services, { ...context, ...command, expectedRevision, units, change });
    }
    case "return": {
      const sku = (await skuOfLine(services, command.reservationId, command.line)) ?? "plenty";
      const { quantity, locationId, disposition } = command;
      const units = [{ sku, quantity, locationId, disposition }];
      return await returnUnits(services, { ...context, ...command, expectedRevision, units, change });
    }
    default:
      return await administer(services, number, command, requestDigest);
  }
}

async function administer(
  services: ReservationServices,
  number: number,
  command: Extract<Command, { kind: "adjust" | "put-item" | "configure" | "split" }>,
  requestDigest: string,
): Promise<Outcome<unknown>> {
  const context = { actor: "simulated", budgetEndsAtMs: services.runtime.now() + budgetMs };
  switch (command.kind) {
    case "adjust":
      return await adjustStock(services, {
        ...context,
        reason: "correction",
        reference: `adjust-${number}`,
        atomic: command.atomic,
        changes: command.changes.map(({ delta, set, ...rest }) => ({
          ...rest,
          change: set === null ? { kind: "delta", delta } : { kind: "set", quantity: set },
          expected: null,
        })),
        requestDigest,
        operationDigest: digestOf("operation", String(number)),
      });
    case "put-item":
      return await putItem(services, {
        ...context,
        sku: command.sku,
        description: describedAnew(command.sku, command.variant),
        expectedRevision: null,
        mustExist: true,
      });
    case "configure": {
      const { level, lowStockThreshold, backorderLimit } = command;
      return await configureLevel(services, {
        ...context,
        ...level,
        expectedRevision: null,
        wishes: {
          lowStockThreshold: { kind: "own", value: lowStockThreshold },
          ...(backorderLimit === null ? {} : { backorderLimit: { kind: "own", value: backorderLimit } }),
        },
      });
    }
    case "split":
      return await splitLevel(services, { ...context, ...command.level, cells: command.cells });
  }
}

/** The SKU of a line of the reservation as it is now, or null where there is no such line. */
async function skuOfLine(
  services: ReservationServices,
  reservationId: string,
  line: number | null,
): Promise<string | null> {
  if (line === null) {
    return null;
  }
  const found = await getReservation(services, reservationId);
  return found.kind === "done" ? (found.value.lines[line]?.sku ?? null) : null;
}
