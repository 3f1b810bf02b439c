/** Storefronts, warehouses and merchants: they send commands to environments of the API, and try again. */

import { LocationDirectory } from "../../functions/catalogue/location-directory.ts";
import { contention, type Outcome } from "../../functions/domain/refusal.ts";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { HotLevels } from "../../functions/reservations/hot-levels.ts";
import type { ReservationServices } from "../../functions/reservations/services.ts";
import type { Execute } from "./commands.ts";
import { mostOpenHolds } from "./customer-rules.ts";
import type { Operation } from "./operation.ts";
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
  /** How long it took by the clock of its environment, and how long it might wait for contention to pass. */
  readonly tookMs: number;
  readonly budgetMs: number;
  /** The revision that the client had seen and named; null for none. */
  readonly expectedRevision: number | null;
  readonly outcome: Outcome<unknown>;
}

export class Clients {
  /** Told of every answer that a client gets. */
  onAnswer: (attempt: Attempt) => void = () => undefined;
  /** Told of the environment that begins to work on a request. */
  onBegin: (process: string) => void = () => undefined;
  /** Operations that came to an answer which is none of contention. */
  answered = 0;
  private readonly service: SimulatedService;
  private readonly world: World;
  private readonly environments: Environment[] = [];
  private readonly execute: Execute;
  private made = 0;

  constructor(service: SimulatedService, execute: Execute) {
    this.service = service;
    this.world = service.world;
    this.execute = execute;
  }

  begin(operation: Operation): void {
    if (operation.looksAheadMs === null) {
      this.attempt(operation, 1, null);
    } else {
      this.look(operation, operation.looksAheadMs);
    }
  }

  /** Looks at the reservation, and sends the command with the revision that was seen; without one if none was. */
  private look(operation: Operation, laterMs: number): void {
    const { command } = operation;
    const environment = this.freeEnvironment();
    const { process, services } = environment;
    environment.isBusy = true;
    const proceed = (revision: number | null): void =>
      this.world.schedule.after(laterMs, () => this.attempt(operation, 1, revision));
    process.onCrash = () => proceed(null);
    process.start(
      async () => ("reservationId" in command ? await getReservation(services, command.reservationId) : contention),
      (_, outcome) => {
        environment.isBusy = false;
        proceed(outcome?.kind === "done" ? outcome.value.linesRevision : null);
      },
    );
  }

  private attempt(operation: Operation, attempt: number, expectedRevision: number | null): void {
    const { world } = this;
    const begunMs = world.nowMs;
    const environment = this.freeEnvironment();
    const { process, services } = environment;
    environment.isBusy = true;
    this.onBegin(process.name);
    let isWaiting = true;
    const mostTries = operation.hasKey || !isCountedByKey(operation) ? mostAttempts : 1;
    const endWaiting = (how: string, tryAgain: boolean): void => {
      if (!isWaiting) {
        return;
      }
      isWaiting = false;
      world.note(() => `operation ${operation.number} ${operation.command.kind} on ${process.name}: ${how}`);
      if (tryAgain && attempt < mostTries) {
        const random = world.random.named(`retry ${operation.number} ${attempt}`);
        world.schedule.after(500 + 10_000 * random.next(), () =>
          this.attempt(operation, attempt + 1, expectedRevision),
        );
      }
    };
    process.onCrash = () => endWaiting("no answer, it crashed", true);
    world.schedule.after(patienceMs, () => endWaiting("no answer in time", true));
    world.note(() => `operation ${operation.number} on ${process.name}: ${JSON.stringify(operation.command)}`);
    const begunOnClockMs = services.runtime.now();
    const ofTime = process.timeLeftMs(budgetMs);
    process.start(
      async () => await this.execute(services, { operation, expectedRevision, budgetMs: ofTime }),
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
        if (isWaiting) {
          this.answered += answer.kind === "contention" ? 0 : 1;
          const tookMs = services.runtime.now() - begunOnClockMs;
          this.onAnswer({ operation, begunMs, tookMs, budgetMs: ofTime, expectedRevision, outcome: answer });
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
      observe: () => undefined,
      locations: new LocationDirectory(client, tables.inventory, runtime),
      hotLevels: new HotLevels({ client, table: tables.inventory, runtime }),
      times,
      defaultAllocation: "fewest-splits",
      mostOpenHolds,
    },
  };
}

/** Operations that, without a key, are another one each time that they are sent. */
function isCountedByKey({ command }: Operation): boolean {
  return command.kind === "fulfil" || command.kind === "return";
}
