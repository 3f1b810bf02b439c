/** The settings of a service: what its user leaves out is what is usual, and what cannot be is refused by name. */
import { Duration, Token } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { type AllocationStrategy, allocationStrategies } from "../functions/contract/allocation.ts";
import type { ApiFunction } from "../functions/contract/routes.ts";
import { type Figure, mostOpenHolds, reservationTimes } from "../functions/contract/settings.ts";

export const stages = ["dev", "prod"] as const;
export type Stage = (typeof stages)[number];

/** An OpenID Connect issuer, and whom its tokens are for. */
export interface TokenIssuer {
  /** Its `https` address, as the tokens' `iss` has it. */
  readonly issuer: string;
  /** One of these must be the tokens' `aud`, or their `client_id` where they have no `aud`. */
  readonly audience: string | readonly string[];
}

/** Requests a second that each route takes, and that many at once; beyond that the gateway answers 429. */
export interface RequestsPerSecond {
  /**
   * Each route of availability and reservations.
   * @default 5,000
   */
  readonly storefront?: number;
  /**
   * Each route of the back office.
   * @default 500
   */
  readonly backOffice?: number;
  /**
   * Health and the API's description, which need no token.
   * @default 50
   */
  readonly documents?: number;
}

/**
 * Tables that were restored from a backup and take the place of the service's own, as `npm run inventory -- restore`
 * names them. The service's own tables stay in the stack as they are.
 */
export interface RestoredTables {
  /** The ARN of the stream of the restored inventory table, which tells the table as well. */
  readonly inventoryStreamArn?: string;
  readonly movementsTableName?: string;
  readonly viewsTableName?: string;
}

/** What can be set of a service without touching its constructs. */
export interface ServiceSettings {
  /**
   * `prod` keeps and protects what holds data; `dev` lets it go with the stack. Nothing else differs.
   * @default "prod"
   */
  readonly stage?: Stage;
  /**
   * Who gives the tokens that callers show.
   * @default - a Cognito user pool is made, for client credentials
   */
  readonly tokens?: TokenIssuer;
  /**
   * From now to the deadline of a hold whose request does not say, 1 second to 24 hours.
   * @default Duration.minutes(30)
   */
  readonly usualHold?: Duration;
  /**
   * From a hold's creation to its last possible deadline, however often it is extended: 1 minute to 24 hours.
   * @default Duration.hours(24)
   */
  readonly longestHold?: Duration;
  /**
   * From a hold's deadline to its time to live in the table, the backstop of expiry: up to 24 hours.
   * @default Duration.hours(1)
   */
  readonly expiryGrace?: Duration;
  /**
   * How many holds one customer may have open, 1 to 100.
   * @default - any number
   */
  readonly mostOpenHolds?: number;
  /**
   * How long released and expired reservations can be read, 1 to 3,650 days.
   * @default Duration.days(30)
   */
  readonly endedRetention?: Duration;
  /**
   * How long fulfilled orders can be read and returned, 1 to 3,650 days.
   * @default Duration.days(400)
   */
  readonly fulfilledRetention?: Duration;
  /**
   * How long logs are kept.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
  /**
   * How stock is chosen for lines without a location where a request does not say.
   * @default "fewest-splits"
   */
  readonly allocation?: AllocationStrategy;
  /**
   * The throttle of each route.
   * @default - 5,000 for the storefront, 500 for the back office, 50 for the documents
   */
  readonly requestsPerSecond?: RequestsPerSecond;
  /**
   * Reservations a second that the tables are to take at once, 500 to 100,000: what a sale needs that begins on the
   * minute. It is paid once when it is raised, and cannot be lowered again.
   * @default - none: a table takes 1,000 to begin with, and doubles within half an hour of more
   */
  readonly warmReservationsPerSecond?: number;
  /**
   * Environments of the storefront's function that are kept started, 1 to 10,000: buyers meet no cold start as long as
   * no more requests are under way. They are paid for as long as they are kept.
   * @default - none
   */
  readonly provisionedConcurrency?: number;
  /**
   * Origins whose pages may call the API from a browser, such as `https://shop.example.com`.
   * @default - none
   */
  readonly corsOrigins?: readonly string[];
  /**
   * Tables that take the place of the service's own after a restore (`docs/recovery.md`).
   * @default - the service's own tables
   */
  readonly restored?: RestoredTables;
}

/** The settings with nothing left out. */
export interface Settings {
  readonly stage: Stage;
  readonly protect: boolean;
  readonly tokens: { readonly issuer: string; readonly audience: readonly string[] } | null;
  /** In seconds. */
  readonly times: Readonly<Record<keyof typeof reservationTimes, number>>;
  readonly mostOpenHolds: number | null;
  readonly logRetention: RetentionDays;
  readonly allocation: AllocationStrategy;
  readonly requestsPerSecond: Readonly<Record<ApiFunction, number>>;
  readonly warmReservationsPerSecond: number | null;
  readonly provisionedConcurrency: number | null;
  readonly corsOrigins: readonly string[];
  readonly restored: RestoredTables;
}

/** A setting of the service that cannot be. */
export class SettingError extends Error {
  override readonly name = "SettingError";
  constructor(setting: string, expected: string) {
    super(`InventoryService: ${setting} ${expected}.`);
  }
}

export const usual = {
  stage: "prod",
  logRetention: RetentionDays.ONE_MONTH,
  allocation: "fewest-splits",
  requestsPerSecond: { storefront: 5_000, backOffice: 500, documents: 50 },
} as const satisfies ServiceSettings;

export const bounds = {
  requestsPerSecond: { least: 1, most: 100_000 },
  warmReservationsPerSecond: { least: 500, most: 100_000 },
  provisionedConcurrency: { least: 1, most: 10_000 },
} as const;

function within(setting: string, value: number, { least, most }: Pick<Figure, "least" | "most">): number {
  if (!Token.isUnresolved(value) && (!Number.isInteger(value) || value < least || value > most)) {
    throw new SettingError(setting, `must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function optional(
  setting: "mostOpenHolds" | "warmReservationsPerSecond" | "provisionedConcurrency",
  given: ServiceSettings,
  limits: Pick<Figure, "least" | "most">,
): number | null {
  const value = given[setting];
  return value === undefined ? null : within(setting, value, limits);
}

function secondsOf(setting: string, duration: Duration | undefined, figure: Figure): number {
  const seconds = duration?.toSeconds() ?? figure.usual;
  if (seconds < figure.least || seconds > figure.most) {
    const [least, most] = [Duration.seconds(figure.least), Duration.seconds(figure.most)];
    throw new SettingError(setting, `must be from ${least.toHumanString()} to ${most.toHumanString()}`);
  }
  return seconds;
}

function timesOf(given: ServiceSettings): Settings["times"] {
  const times = {
    usualHoldSeconds: secondsOf("usualHold", given.usualHold, reservationTimes.usualHoldSeconds),
    longestHoldSeconds: secondsOf("longestHold", given.longestHold, reservationTimes.longestHoldSeconds),
    expiryGraceSeconds: secondsOf("expiryGrace", given.expiryGrace, reservationTimes.expiryGraceSeconds),
    endedRetentionSeconds: secondsOf("endedRetention", given.endedRetention, reservationTimes.endedRetentionSeconds),
    fulfilledRetentionSeconds: secondsOf(
      "fulfilledRetention",
      given.fulfilledRetention,
      reservationTimes.fulfilledRetentionSeconds,
    ),
  };
  if (times.usualHoldSeconds > times.longestHoldSeconds) {
    throw new SettingError("usualHold", "must not be longer than longestHold");
  }
  return times;
}

function tokensOf(tokens: TokenIssuer | undefined): Settings["tokens"] {
  if (tokens === undefined) {
    return null;
  }
  const audience = [tokens.audience].flat();
  if (audience.length === 0 || audience.includes("")) {
    throw new SettingError("tokens.audience", "must name at least one audience");
  }
  if (!Token.isUnresolved(tokens.issuer) && !/^https:\/\/\S+$/.test(tokens.issuer)) {
    throw new SettingError("tokens.issuer", "must be an https address");
  }
  return { issuer: tokens.issuer, audience };
}

function oneOf<T extends string>(setting: string, value: T, all: readonly T[]): T {
  if (!all.includes(value)) {
    throw new SettingError(setting, `must be one of ${all.join(", ")}`);
  }
  return value;
}

/** Fills in what is usual. Throws a `SettingError` that names what cannot be. */
export function settingsOf(given: ServiceSettings): Settings {
  const stage = oneOf("stage", given.stage ?? usual.stage, stages);
  const rate = (audience: keyof RequestsPerSecond): number =>
    within(
      `requestsPerSecond.${audience}`,
      given.requestsPerSecond?.[audience] ?? usual.requestsPerSecond[audience],
      bounds.requestsPerSecond,
    );
  const { corsOrigins = [] } = given;
  const wrongOrigin = corsOrigins.find((origin) => !Token.isUnresolved(origin) && !isOrigin(origin));
  if (wrongOrigin !== undefined) {
    throw new SettingError("corsOrigins", `must be origins such as https://shop.example.com, and not ${wrongOrigin}`);
  }
  return {
    stage,
    protect: stage === "prod",
    tokens: tokensOf(given.tokens),
    times: timesOf(given),
    mostOpenHolds: optional("mostOpenHolds", given, mostOpenHolds),
    logRetention: given.logRetention ?? usual.logRetention,
    allocation: oneOf("allocation", given.allocation ?? usual.allocation, allocationStrategies),
    requestsPerSecond: {
      storefront: rate("storefront"),
      "back-office": rate("backOffice"),
      documents: rate("documents"),
    },
    warmReservationsPerSecond: optional("warmReservationsPerSecond", given, bounds.warmReservationsPerSecond),
    provisionedConcurrency: optional("provisionedConcurrency", given, bounds.provisionedConcurrency),
    corsOrigins,
    restored: restoredOf(given.restored ?? {}),
  };
}

function restoredOf(restored: RestoredTables): RestoredTables {
  const { inventoryStreamArn: arn } = restored;
  if (arn !== undefined && !Token.isUnresolved(arn) && !isStreamArn(arn)) {
    throw new SettingError("restored.inventoryStreamArn", "must be the ARN of the stream of a table");
  }
  for (const name of ["movementsTableName", "viewsTableName"] as const) {
    const table = restored[name];
    if (table !== undefined && !Token.isUnresolved(table) && !isTableName(table)) {
      throw new SettingError(`restored.${name}`, "must be the name of a table");
    }
  }
  return restored;
}

export function isTableName(text: string): boolean {
  return /^[A-Za-z0-9_.-]{3,255}$/.test(text);
}

export function isStreamArn(text: string): boolean {
  return /^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[A-Za-z0-9_.-]+\/stream\/\S+$/.test(text);
}

/** A scheme, a host and perhaps a port, without a path: as a browser sends it. Only a page on one's own machine may lack TLS. */
export function isOrigin(text: string): boolean {
  return /^(https:\/\/[a-z0-9.-]+|http:\/\/(localhost|127\.0\.0\.1))(:\d{1,5})?$/.test(text);
}
