/** On its way and where it lies: whatever keeps or carries something is encrypted. */
import { describe, expect, it } from "vitest";
import { type Statement, statementsOf } from "../support/permissions.ts";
import { prod, type Resource } from "./synthesised.ts";

interface Protection {
  /** The resource's own policy. */
  policy(id: string, resource: Resource): readonly Statement[];
  /** The properties that encrypt what is kept; none where AWS does so always. */
  readonly atRest: Readonly<Record<string, unknown>>;
  /** The actions that plain HTTP must be refused. */
  readonly actions: string;
}

/** The policy of a type of its own that names the resource. */
function policyOfType(type: string, property: string): Protection["policy"] {
  return (id) =>
    prod
      .of(type)
      .filter(([, { Properties }]) => [Properties[property]].flat().some(({ Ref }) => Ref === id))
      .flatMap(([, { Properties }]) => statementsOf(Properties.PolicyDocument));
}

/** Services that answer plain HTTP too, unless they are told not to. */
const protectedTypes: Readonly<Record<string, Protection>> = {
  "AWS::DynamoDB::Table": {
    policy: (_id, { Properties }) => statementsOf(Properties.ResourcePolicy.PolicyDocument),
    // By a key that AWS owns; another key would be another setting.
    atRest: {},
    actions: "dynamodb:*",
  },
  "AWS::SQS::Queue": {
    policy: policyOfType("AWS::SQS::QueuePolicy", "Queues"),
    atRest: { SqsManagedSseEnabled: true },
    actions: "sqs:*",
  },
  "AWS::SNS::Topic": {
    policy: policyOfType("AWS::SNS::TopicPolicy", "Topics"),
    atRest: { KmsMasterKeyId: expect.anything() },
    actions: "sns:Publish",
  },
  "AWS::S3::Bucket": {
    policy: policyOfType("AWS::S3::BucketPolicy", "Bucket"),
    atRest: {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
    },
    actions: "s3:*",
  },
};

/** Types that keep something, and are always encrypted and spoken to by TLS alone: there is nothing to set. */
const alwaysProtected = ["AWS::Logs::LogGroup", "AWS::Cognito::UserPool", "AWS::Lambda::Function"];

/** Types that keep and carry nothing of the stock or of its buyers. */
const withoutData =
  /^AWS::(ApiGatewayV2::.*|CDK::Metadata|CloudWatch::.*|Cognito::UserPool.+|Events::Rule|IAM::.*|Lambda::(Permission|EventSourceMapping)|Logs::QueryDefinition|S3::BucketPolicy|SNS::TopicPolicy|SQS::QueuePolicy)$/;

describe.each(Object.entries(protectedTypes))("every %s", (type, { policy, atRest, actions }) => {
  const all = prod.of(type);

  it.each(all)("refuses plain HTTP to everybody: %s", (id, resource) => {
    const refusals = policy(id, resource).filter(
      ({ Effect, Condition }) => Effect === "Deny" && Condition !== undefined,
    );
    expect(refusals).toMatchObject([{ Action: actions, Condition: { Bool: { "aws:SecureTransport": "false" } } }]);
    const [{ Principal } = { Principal: null }] = refusals;
    expect(["*", JSON.stringify({ AWS: "*" })]).toContain(
      typeof Principal === "string" ? Principal : JSON.stringify(Principal),
    );
  });

  it.each(all)("is encrypted where it lies: %s", (_id, { Properties }) => {
    expect(Properties).toMatchObject(atRest);
  });
});

describe("every other type of resource", () => {
  it("is known to be protected always, or to keep nothing", () => {
    const types = new Set(prod.all().map(([, { Type }]) => Type));
    const unknown = [...types].filter(
      (type) => !(type in protectedTypes) && !alwaysProtected.includes(type) && !withoutData.test(type),
    );
    expect(unknown).toEqual([]);
  });
});

describe("the API", () => {
  it("has no domain of its own, for which an old version of TLS could be chosen", () => {
    expect(prod.of("AWS::ApiGatewayV2::DomainName")).toEqual([]);
  });
});
