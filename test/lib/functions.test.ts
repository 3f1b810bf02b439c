/** What every function has, and what each of them may do. */
import { describe, expect, it } from "vitest";
import { named, prod, type Resource, shortOf } from "./synthesised.ts";

const functions = prod.of("AWS::Lambda::Function");

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

function statementsOf(policy: Resource): readonly Statement[] {
  return policy.Properties.PolicyDocument.Statement;
}

describe("every function", () => {
  it.each(functions)("%s has a timeout, and answers a caller before the gateway's 30 seconds are over", (id, fn) => {
    expect(fn.Properties.Timeout).toBeGreaterThan(0);
    expect(fn.Properties.Timeout).toBeLessThan(shortOf(id).startsWith("Api") ? 30 : 900);
  });

  it.each(functions)("%s logs JSON into a group of its own that is kept for a month", (id, fn) => {
    const { LogFormat, LogGroup } = fn.Properties.LoggingConfig;
    expect(LogFormat).toBe("JSON");
    expect(shortOf(LogGroup.Ref)).toBe(shortOf(id).replace(/Function$/, "Logs"));
    expect(new Map(prod.of("AWS::Logs::LogGroup")).get(LogGroup.Ref)?.Properties.RetentionInDays).toBe(30);
  });

  it.each(functions)("%s is traced", (_id, fn) => {
    expect(fn.Properties.TracingConfig).toEqual({ Mode: "Active" });
  });

  it.each(functions)("%s has an alarm for its errors and one for its throttles", (id) => {
    const metrics = prod
      .of("AWS::CloudWatch::Alarm")
      .filter(
        ([, { Properties }]) => Properties.Namespace === "AWS/Lambda" && Properties.Dimensions[0].Value.Ref === id,
      )
      .map(([, { Properties }]) => Properties.MetricName);
    expect(metrics).toEqual(expect.arrayContaining(["Errors", "Throttles"]));
  });

  it.each(functions)("%s runs on the Node that the tests run on", (_id, fn) => {
    expect(fn.Properties.Runtime).toBe(`nodejs${process.versions.node.split(".")[0]}.x`);
  });

  it("has a role of its own, without a managed policy", () => {
    const roles = functions.map(([, { Properties }]) => named(Properties.Role));
    expect(new Set(roles).size).toBe(functions.length);
    for (const [, { Properties }] of prod.of("AWS::IAM::Role")) {
      expect(Properties.ManagedPolicyArns).toBeUndefined();
    }
  });
});

/** What each function may do, by resource, without writing its own log and its traces. */
function permissionsOf(place: string): Readonly<Record<string, readonly string[]>> {
  const [, policy] = prod.one("AWS::IAM::Policy", `Service${place}Role`);
  const allowed: Record<string, string[]> = {};
  for (const { Action, Resource } of statementsOf(policy)) {
    for (const resource of [Resource].flat().map(named)) {
      allowed[resource] = [...(allowed[resource] ?? []), ...[Action].flat()].sort();
    }
  }
  const { "*": tracing, [`${place}Logs`]: logging, ...others } = allowed;
  expect(tracing).toEqual(expect.arrayContaining(["xray:PutTelemetryRecords", "xray:PutTraceSegments"]));
  expect(logging).toEqual(["logs:CreateLogStream", "logs:PutLogEvents"]);
  return others;
}

const consume = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
const send = ["sqs:SendMessage"];
const writeInventory = [
  "dynamodb:BatchGetItem",
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:UpdateItem",
];
/** Of a split level. */
const sumUpLevel = ["dynamodb:BatchGetItem", "dynamodb:GetItem"];
/** With its levels, counters and places in the queues. */
const changeReservations = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

const permissions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  ApiStorefront: {
    StorageInventory: [...writeInventory, "dynamodb:DeleteItem"].sort(),
    StorageViews: ["dynamodb:BatchGetItem", "dynamodb:Query"],
  },
  ApiBackOffice: {
    StorageInventory: [...writeInventory, "dynamodb:ConditionCheckItem"].sort(),
    StorageMovements: ["dynamodb:GetItem", "dynamodb:Query"],
    "StorageMovements/index/byReservation": ["dynamodb:Query"],
    StorageViews: ["dynamodb:Query"],
    "StorageViews/index/alertsByStatus": ["dynamodb:Query"],
  },
  ApiDocuments: {},
  AuditWriteAudit: { StorageMovements: ["dynamodb:PutItem"], AuditQueue: consume },
  AlertsSendAlerts: {
    StorageInventory: sumUpLevel,
    StorageViews: ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
    AlertsTopic: ["sns:Publish"],
    AlertsQueue: consume,
  },
  ExpiryExpireReservations: {
    StorageInventory: changeReservations,
    ExpiryDeadlinesQueue: [...consume, ...send],
  },
  ExpiryReleaseExpired: {
    StorageInventory: ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
    ExpiryExpiredQueue: consume,
  },
  BackordersAllocateBackorders: {
    StorageInventory: [...changeReservations, "dynamodb:ConditionCheckItem", "dynamodb:Query"].sort(),
    BackordersQueue: [...consume, ...send],
  },
  SettingsApplySettings: {
    StorageInventory: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"],
    SettingsQueue: consume,
  },
  ViewsRefreshViews: {
    StorageInventory: sumUpLevel,
    StorageViews: ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
    ViewsQueue: consume,
  },
  ChangesPublishChanges: {
    "StorageInventory.StreamArn": ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
    AuditQueue: send,
    AlertsQueue: send,
    BackordersQueue: send,
    ExpiryDeadlinesQueue: send,
    ExpiryExpiredQueue: send,
    SettingsQueue: send,
    ViewsQueue: send,
    ChangesUndelivered: ["s3:ListBucket"],
    "ChangesUndelivered/*": ["s3:PutObject"],
  },
};

describe("a role", () => {
  it("is known here for every function", () => {
    const places = functions.map(([id]) => shortOf(id).replace(/Function$/, ""));
    expect(places.sort()).toEqual(Object.keys(permissions).sort());
  });

  it.each(Object.entries(permissions))("of %s may do exactly what it needs", (place, expected) => {
    expect(permissionsOf(place)).toEqual(expected);
  });

  it("that writes movements is one, and may neither change nor delete them", () => {
    const writers = Object.keys(permissions).flatMap((place) => {
      const { StorageMovements = [] } = permissionsOf(place);
      const writing = StorageMovements.filter((action) => !["dynamodb:GetItem", "dynamodb:Query"].includes(action));
      return writing.length > 0 ? [[place, writing]] : [];
    });
    expect(writers).toEqual([["AuditWriteAudit", ["dynamodb:PutItem"]]]);
  });
});

describe("a permission", () => {
  const policies = ["AWS::IAM::Policy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"];
  const statements = policies.flatMap((type) => prod.of(type)).flatMap(([, policy]) => statementsOf(policy));
  const allowing = statements.filter(({ Effect }) => Effect === "Allow");

  it("names each of its actions", () => {
    const actions = allowing.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  });

  it("for any resource is one of those that AWS gives for any resource only", () => {
    const actions = allowing.filter(({ Resource }) => [Resource].flat().includes("*")).flatMap(({ Action }) => Action);
    expect([...new Set(actions)].sort()).toEqual([
      "dynamodb:ListStreams",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]);
  });

  it("for a part of a resource's name is that of putting undelivered records", () => {
    const wide = allowing
      .flatMap(({ Resource }) => [Resource].flat().map(named))
      .filter((name) => /.\*|\*./.test(name));
    expect(wide).toEqual(["ChangesUndelivered/*"]);
  });

  it("to call a function has only the service's own API", () => {
    const callers = prod.of("AWS::Lambda::Permission").map(([, { Properties }]) => ({
      target: named(Properties.FunctionName),
      principal: Properties.Principal,
      source: named(Properties.SourceArn),
    }));
    expect(callers.map(({ target }) => target).sort()).toEqual([
      "ApiBackOfficeFunction",
      "ApiDocumentsFunction",
      "ApiStorefrontFunction",
    ]);
    for (const { principal, source } of callers) {
      expect(principal).toBe("apigateway.amazonaws.com");
      expect(source).toMatch(/:ApiHttp\/\*\/\*\/\*$/);
    }
  });
});
