import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { QueryDefinition, QueryString, type QueryStringProps } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { FunctionName } from "./service-function.ts";

/** The lines of a log that a query looks at; `reservationId` and the like are to be filled in by whoever asks. */
interface SavedQuery extends QueryStringProps {
  /** Whose logs it looks at; all of them unless said. */
  readonly of?: readonly FunctionName[];
}

const answering: readonly FunctionName[] = ["storefront", "backOffice", "documents"];

/** By the names that they are found under in CloudWatch. */
const queries: Readonly<Record<string, SavedQuery>> = {
  "the story of a reservation": {
    fields: [
      "@timestamp",
      "service",
      "level",
      "message",
      "route",
      "status",
      "code",
      "from",
      "reservationStatus",
      "way",
      "reason",
      "failure.message",
      "requestId",
      "messageId",
      "xray_trace_id",
    ],
    filterStatements: ['reservationId = "PUT THE ID HERE"'],
    sort: "@timestamp asc",
    limit: 1_000,
  },
  "the story of a request": {
    fields: ["@timestamp", "service", "level", "message", "@message"],
    // Lambda's own lines have the function's id in a record.
    filterStatements: [
      'requestId = "PUT THE ID HERE" or functionRequestId = "PUT THE ID HERE" or record.requestId = "PUT THE ID HERE"',
    ],
    sort: "@timestamp asc",
    limit: 1_000,
  },
  "failed messages by queue and reason": {
    filterStatements: ['message = "message failed"'],
    statsStatements: [
      "count(*) as failures, count_distinct(messageId) as messages, max(@timestamp) as last by service, failure.name, failure.message",
    ],
    sort: "failures desc",
  },
  "slow requests": {
    of: answering,
    fields: ["@timestamp", "route", "status", "code", "durationMs", "requestId", "functionRequestId", "xray_trace_id"],
    filterStatements: ['message = "request"'],
    sort: "durationMs desc",
    limit: 50,
  },
  "latency by route": {
    of: answering,
    filterStatements: ['message = "request"'],
    statsStatements: [
      "count(*) as requests, pct(durationMs, 50) as p50, pct(durationMs, 99) as p99, max(durationMs) as longest by route",
    ],
    sort: "requests desc",
  },
  "refusals by problem": {
    of: answering,
    filterStatements: ['message = "request" and ispresent(code)'],
    statsStatements: ["count(*) as refusals by route, status, code"],
    sort: "refusals desc",
  },
  "retries by reason (log level DEBUG)": {
    filterStatements: ['message in ["tried again", "contention lasted", "planned again"]'],
    statsStatements: ["count(*) as times, max(tries) as mostTries by service, message, reason"],
    sort: "times desc",
  },
  "holds that ended late": {
    of: ["expireReservations", "releaseExpired"],
    fields: ["@timestamp", "reservationId", "uid", "way", "lateMs"],
    filterStatements: ['message = "reservation written" and lateMs > 60000'],
    sort: "lateMs desc",
    limit: 100,
  },
  "unexpected failures": {
    fields: [
      "@timestamp",
      "service",
      "message",
      "route",
      "failure.name",
      "failure.message",
      "requestId",
      "reservationId",
      "record.status",
      "record.requestId",
    ],
    // A function that was ended, for want of time or memory, has not said so itself: Lambda's report of it has.
    filterStatements: ['level = "ERROR" or record.status in ["timeout", "error", "failure"]'],
    sort: "@timestamp desc",
    limit: 200,
  },
  "what reconcile found": {
    of: ["reconcileLevels"],
    fields: ["@timestamp", "message", "sku", "locationId", "reservationId", "difference.kind", "@message"],
    filterStatements: ['message in ["reconcile difference", "reconcile met what cannot be read"]'],
    sort: "@timestamp desc",
    limit: 200,
  },
};

export interface SavedQueriesProps {
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  /** Under which they are found; CloudWatch has no names of its own for them. */
  readonly folder: string;
}

/** Questions to the logs, saved where whoever is woken at night finds them. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { functions, folder }: SavedQueriesProps) {
    super(scope, id);
    for (const [name, { of = Object.keys(functions) as FunctionName[], ...query }] of Object.entries(queries)) {
      new QueryDefinition(this, idOf(name), {
        queryDefinitionName: `${folder}/${name}`,
        queryString: new QueryString(query),
        logGroups: of.map((each) => functions[each].logGroup),
      });
    }
  }
}

/** `slow requests` becomes `SlowRequests`. */
function idOf(name: string): string {
  return name
    .replace(/ \(.*\)$/, "")
    .split(" ")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
