/** What each function may do, what none may, and what the resources themselves refuse to everybody. */
import { describe, expect, it } from "vitest";
import type { Template } from "../../local/template.ts";
import { inWords, type Permission, permissionsIn, resourceName, statementsOf } from "../support/permissions.ts";
import { named, prod, shortOf } from "./synthesised.ts";

const template: Template = { Resources: Object.fromEntries(prod.all()) };
const functions = prod.of("AWS::Lambda::Function");

/** Without the service's own name and CDK's hash, also where a part of the resource is named behind it. */
const shortly = (resource: string): string => resource.replace(/^(Service\w+?[0-9A-F]{8})(?=\W|$)/, shortOf);

const permissions = permissionsIn(template).map(
  ({ caller, action, resource }): Permission => ({
    caller: shortOf(caller).replace(/Function$/, ""),
    action,
    resource: shortly(resource),
  }),
);

/** What every function may: write its own log, and its traces. */
function isOfEvery({ caller, action, resource }: Permission): boolean {
  return resource === `${caller}Logs`
    ? ["logs:CreateLogStream", "logs:PutLogEvents"].includes(action)
    : resource === "*" && ["xray:PutTelemetryRecords", "xray:PutTraceSegments"].includes(action);
}

const consume = "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes";
const send = "sqs:SendMessage";
/** Of a split level. */
const sumUpLevel = "GetItem BatchGetItem";
/** With its levels, counters and places in the queues. */
const changeReservations = "GetItem PutItem UpdateItem DeleteItem";

/** All that the functions may do, beside writing their logs and traces. Actions without a service are DynamoDB's. */
const allowed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ApiStorefront: {
    StorageInventory: "GetItem BatchGetItem Query PutItem UpdateItem DeleteItem",
    StorageViews: "BatchGetItem Query",
  },
  ApiBackOffice: {
    StorageInventory: "GetItem BatchGetItem Query PutItem UpdateItem ConditionCheckItem",
    StorageMovements: "GetItem Query",
    "StorageMovements/index/byReservation": "Query",
    StorageViews: "Query",
    "StorageViews/index/alertsByStatus": "Query",
  },
  ApiDocuments: {},
  AuditWriteAudit: { StorageMovements: "PutItem", AuditQueue: consume },
  AlertsSendAlerts: {
    StorageInventory: sumUpLevel,
    StorageViews: "Query PutItem UpdateItem",
    AlertsTopic: "sns:Publish",
    AlertsQueue: consume,
  },
  ExpiryExpireReservations: { StorageInventory: changeReservations, ExpiryDeadlinesQueue: `${consume} ${send}` },
  ExpiryReleaseExpired: { StorageInventory: "PutItem UpdateItem DeleteItem", ExpiryExpiredQueue: consume },
  BackordersAllocateBackorders: {
    StorageInventory: `${changeReservations} Query ConditionCheckItem`,
    BackordersQueue: `${consume} ${send}`,
  },
  SettingsApplySettings: { StorageInventory: "GetItem Query UpdateItem", SettingsQueue: consume },
  ReconcileReconcileLevels: {
    StorageInventory: "Scan Query GetItem BatchGetItem",
    StorageMovements: "Query",
    "StorageMovements/index/byReservation": "Query",
    // How far it has come, and nothing of the stock.
    StorageViews: "GetItem PutItem",
  },
  ViewsRefreshViews: {
    StorageInventory: sumUpLevel,
    StorageViews: "PutItem UpdateItem DeleteItem",
    ViewsQueue: consume,
  },
  ChangesPublishChanges: {
    "StorageInventory.StreamArn": "DescribeStream GetRecords GetShardIterator",
    "*": "ListStreams",
    AuditQueue: send,
    AlertsQueue: send,
    BackordersQueue: send,
    ExpiryDeadlinesQueue: send,
    ExpiryExpiredQueue: send,
    SettingsQueue: send,
    ViewsQueue: send,
    ChangesUndelivered: "s3:ListBucket",
    "ChangesUndelivered/*": "s3:PutObject",
  },
};

describe("a role", () => {
  it("is a function's, and each function has one of its own and a row in the table above", () => {
    const roles = functions.map(([, { Properties }]) => resourceName(Properties.Role));
    expect(prod.of("AWS::IAM::Role").map(([id]) => id)).toEqual(expect.arrayContaining(roles));
    expect(prod.of("AWS::IAM::Role")).toHaveLength(new Set(roles).size);
    expect(roles).toHaveLength(new Set(roles).size);
    expect(functions.map(([id]) => shortOf(id).replace(/Function$/, "")).sort()).toEqual(Object.keys(allowed).sort());
  });

  it.each(functions.map(([id]) => shortOf(id).replace(/Function$/, "")))(
    "of %s lets it write its log and its traces, and do what stands in the table: nothing less and nothing else",
    (name) => {
      const row = Object.entries(allowed[name] ?? {}).flatMap(([resource, actions]) =>
        actions
          .split(" ")
          .map((action) => `${name} ${action.includes(":") ? action : `dynamodb:${action}`} ${resource}`),
      );
      const own = permissions.filter(({ caller }) => caller === name);
      expect(own.filter(isOfEvery)).toHaveLength(4);
      expect(
        own
          .filter((each) => !isOfEvery(each))
          .map(inWords)
          .sort(),
      ).toEqual(row.sort());
    },
  );

  it("lets Lambda alone take it", () => {
    for (const [, { Properties }] of prod.of("AWS::IAM::Role")) {
      expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
        { Action: "sts:AssumeRole", Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" } },
      ]);
    }
  });
});

/** What would do harm, as patterns of an action and a resource, with the one function whose work it is. */
const harmful: readonly (readonly [string, RegExp, RegExp, readonly string[]])[] = [
  ["write the audit trail", /:(Put|Batch|Transact|PartiQL)/, /^StorageMovements/, ["AuditWriteAudit"]],
  ["change or delete what is in the audit trail", /:(Update|Delete|Batch|PartiQL)/, /^StorageMovements/, []],
  ["read a whole table", /:(Scan|PartiQLSelect|Export\w*|CreateBackup)$/, /^Storage/, ["ReconcileReconcileLevels"]],
  ["write without a condition, many at once", /:(BatchWrite\w*|PartiQL\w*)$/, /^Storage/, []],
  ["change a table, or who may use it", /:\w*(Table|Policy|TimeToLive|Backups)$/, /^Storage/, []],
  ["read the stream", /:(GetRecords|GetShardIterator)$/, /^Storage/, ["ChangesPublishChanges"]],
  ["touch dead letters", /./, /DeadLetters/, []],
  ["change, empty or delete a queue", /^sqs:(?!ReceiveMessage|DeleteMessage|GetQueueAttributes|SendMessage)/, /./, []],
  ["read or delete what could not be forwarded", /^s3:(Get|Delete)/, /./, []],
  ["publish", /^sns:Publish$/, /./, ["AlertsSendAlerts"]],
  ["change a topic or its subscriptions", /^sns:(?!Publish$)/, /./, []],
  ["read or change logs", /^logs:(?!CreateLogStream$|PutLogEvents$)/, /./, []],
  [
    "call or change functions, take roles, read secrets, use keys",
    /^(lambda|iam|sts|secretsmanager|ssm|kms):/,
    /./,
    [],
  ],
  ["make or change clients of the pool", /^cognito/, /./, []],
  ["do whatever there is", /[*?]/, /./, []],
];

describe("no function may", () => {
  it.each(harmful)("%s, except where it is its work", (_what, action, resource, workers) => {
    const found = permissions.filter((each) => action.test(each.action) && resource.test(each.resource));
    const others = found.filter(({ caller }) => !workers.includes(caller));
    expect(others.map(inWords)).toEqual([]);
    expect(found.length > 0).toBe(workers.length > 0);
  });

  it("take messages from more than one queue, or from none that has no mapping to it", () => {
    const mapped = prod
      .of("AWS::Lambda::EventSourceMapping")
      .map(([, { Properties }]) => [Properties.FunctionName, Properties.EventSourceArn].map(named))
      .filter(([, source = ""]) => source.endsWith("Queue"))
      .map(([caller = "", source]) => `${caller.replace(/Function$/, "")} ${source}`);
    const taking = permissions.filter(({ action }) => action === "sqs:ReceiveMessage");
    expect(taking.map(({ caller, resource }) => `${caller} ${resource}`).sort()).toEqual(mapped.sort());
  });
});

describe("a permission for any resource", () => {
  it("is one of those that AWS gives for any resource only", () => {
    const actions = permissions.filter(({ resource }) => resource === "*").map(({ action }) => action);
    expect([...new Set(actions)].sort()).toEqual([
      "dynamodb:ListStreams",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]);
  });

  it("of a kind is that of putting undelivered records", () => {
    const wide = permissions.filter(({ resource }) => /.\*|\*./.test(resource));
    expect(wide.map(inWords)).toEqual(["ChangesPublishChanges s3:PutObject ChangesUndelivered/*"]);
  });
});

describe("a resource's own policy", () => {
  const ofTables = prod.of("AWS::DynamoDB::Table").map(([id, { Properties }]) => {
    return [id, statementsOf(Properties.ResourcePolicy.PolicyDocument)] as const;
  });
  const ofOthers = ["AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"]
    .flatMap((type) => prod.of(type))
    .map(([id, { Properties }]) => [id, statementsOf(Properties.PolicyDocument)] as const);

  it("lets nobody in: it only refuses", () => {
    const statements = [...ofTables, ...ofOthers].flatMap(([, each]) => each);
    expect(statements.length).toBeGreaterThan(15);
    expect(statements.filter(({ Effect }) => Effect !== "Deny")).toEqual([]);
  });

  it("refuses to change or delete a movement to everybody, whatever a role allows", () => {
    const refused = Object.fromEntries(ofTables.map(([id, statements]) => [shortOf(id), statements.slice(1)]));
    expect(refused).toEqual({
      StorageInventory: [],
      StorageViews: [],
      StorageMovements: [
        {
          Effect: "Deny",
          Principal: { AWS: "*" },
          Resource: "*",
          Action: [
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:PartiQLDelete",
            "dynamodb:PartiQLUpdate",
            "dynamodb:UpdateItem",
          ],
        },
      ],
    });
  });

  it("never keeps those who look after a table from its policy, its backups or the table itself over TLS", () => {
    const overTls = ofTables.flatMap(([, statements]) => statements).filter(({ Condition }) => Condition === undefined);
    const administration = /:(\w*(Table|ResourcePolicy|Backup|Backups|TimeToLive|Tags?|Export\w*)|\*)$/;
    expect(overTls.flatMap(({ Action }) => Action).filter((action) => administration.test(action))).toEqual([]);
  });
});

describe("who may call a function", () => {
  it("is the service's own API, and the clock of one", () => {
    const callers = prod.of("AWS::Lambda::Permission").map(([, { Properties }]) => ({
      target: named(Properties.FunctionName),
      principal: Properties.Principal,
      source: named(Properties.SourceArn),
    }));
    expect(callers.map(({ target }) => target).sort()).toEqual([
      "ApiBackOfficeFunction",
      "ApiDocumentsFunction",
      "ApiStorefrontFunction",
      "ReconcileReconcileLevelsFunction",
    ]);
    const byClock = callers.filter(({ principal }) => principal === "events.amazonaws.com");
    expect(byClock).toMatchObject([{ target: "ReconcileReconcileLevelsFunction", source: "ReconcileSchedule" }]);
    for (const { principal, source } of callers.filter((caller) => !byClock.includes(caller))) {
      expect(principal).toBe("apigateway.amazonaws.com");
      expect(source).toMatch(/:ApiHttp\/\*\/\*\/\*$/);
    }
  });
});
