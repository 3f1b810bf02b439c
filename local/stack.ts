/** The inventory service on this machine: its synthesised template, hosted, and what one needs to use and watch it. */
import { type EnvironmentVariable, environment } from "../functions/contract/environment.ts";
import { type QueueName, queueVariables } from "../functions/contract/queues.ts";
import { FunctionError, type LocalFunction } from "./functions.ts";
import { type HostedTemplate, type HostingOptions, hostTemplate } from "./hosting.ts";
import { resourcesOf } from "./template.ts";

export interface LocalStack {
  readonly url: string;
  /** DynamoDB Local itself, also where the functions were given another address. */
  readonly dynamoDbUrl: string;
  /** SQS, and by the same address SNS and S3. */
  readonly sqsUrl: string;
  readonly tables: { readonly inventory: string; readonly movements: string; readonly views: string };
  readonly queueUrls: Readonly<Record<QueueName, string>>;
  readonly deadLetterQueueUrls: Readonly<Record<QueueName, string>>;
  readonly topicArn: string;
  /** The bucket of the records that the stream's reader could not forward. */
  readonly undeliveredBucket: string;
  /** A good token; without scopes named it has all of them. */
  tokenFor(scope?: string): Promise<string>;
  /** A token that was good until a minute ago. */
  expiredToken(): Promise<string>;
  /**
   * Calls a function past its API or its mapping, with an event as it would get it. The name is the id of its
   * construct, such as `ReleaseExpired`. Rejects with `FunctionError`.
   */
  invoke(name: string, event: unknown): Promise<unknown>;
  /** Ends all workers of a function, at work or not; the name is as for `invoke`. Gives how many there were. */
  crash(name: string): Promise<number>;
  /** DynamoDB Local answers nothing until it is thawed. */
  freezeDynamoDb(): void;
  thawDynamoDb(): void;
  /** Ends everything that was started; nothing is kept. */
  stop(): Promise<void>;
}

export type LocalStackOptions = HostingOptions;

/** Hosts the service. Throws when the template has something that cannot be hosted; nothing is left running then. */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const hosted = await hostTemplate(options);
  try {
    return describe(hosted);
  } catch (error) {
    await hosted.stop();
    throw error;
  }
}

function describe(hosted: HostedTemplate): LocalStack {
  const { api, functions, resolver, template } = hosted;
  /** What a variable stands for; all functions that have it are told the same. */
  const named = (variable: EnvironmentVariable): string => {
    for (const [, { Properties }] of resourcesOf(template, "AWS::Lambda::Function")) {
      const { Variables = {} } = (Properties?.["Environment"] ?? {}) as { Variables?: Record<string, unknown> };
      if (variable in Variables) {
        return resolver.text(Variables[variable]);
      }
    }
    throw new Error(`No function of the template has the variable ${variable}.`);
  };
  const queueUrls = Object.fromEntries(
    Object.entries(queueVariables).map(([purpose, variable]) => [purpose, named(variable)]),
  ) as Record<QueueName, string>;
  const deadLetters = deadLetterQueues(hosted);
  const functionOf = (name: string): LocalFunction => {
    const found = resourcesOf(template, "AWS::Lambda::Function").filter(([, { Metadata }]) =>
      String(Metadata?.["aws:cdk:path"]).split("/").includes(name),
    );
    const [id] = found[0] ?? [];
    const target = id === undefined || found.length > 1 ? undefined : functions.get(id);
    if (target === undefined) {
      throw new FunctionError("died", `${name} does not name exactly one function.`);
    }
    return target;
  };
  return {
    url: hosted.url,
    dynamoDbUrl: hosted.dynamoDb.url,
    sqsUrl: hosted.emulatorUrl,
    tables: {
      inventory: named(environment.inventoryTable),
      movements: named(environment.movementsTable),
      views: named(environment.viewsTable),
    },
    queueUrls,
    deadLetterQueueUrls: Object.fromEntries(
      Object.entries(queueUrls).map(([purpose, url]) => [purpose, deadLetters.get(url) ?? ""]),
    ) as Record<QueueName, string>,
    topicArn: named(environment.alertsTopicArn),
    undeliveredBucket: undeliveredBucket(hosted),
    tokenFor: async (scope) => await api.tokens.sign(scope),
    expiredToken: async () => await api.tokens.sign(undefined, -60),
    invoke: async (name, event) => await functionOf(name).invoke(event),
    crash: async (name) => await functionOf(name).crash(),
    freezeDynamoDb: hosted.dynamoDb.freeze,
    thawDynamoDb: hosted.dynamoDb.thaw,
    stop: hosted.stop,
  };
}

/** The address of each queue's dead-letter queue, by the address of the queue. */
function deadLetterQueues({ resolver, template }: HostedTemplate): Map<string, string> {
  const queues = resourcesOf(template, "AWS::SQS::Queue");
  const byArn = new Map(
    queues.map(([id]) => [resolver.text({ "Fn::GetAtt": [id, "Arn"] }), resolver.text({ Ref: id })]),
  );
  return new Map(
    queues.flatMap(([id, { Properties }]) => {
      const policy = resolver.resolve(Properties?.["RedrivePolicy"]) as { deadLetterTargetArn: string } | undefined;
      const url = policy === undefined ? undefined : byArn.get(policy.deadLetterTargetArn);
      return url === undefined ? [] : [[resolver.text({ Ref: id }), url] as const];
    }),
  );
}

/** The bucket that the mapping of the stream puts its failed records into. */
function undeliveredBucket({ resolver, template }: HostedTemplate): string {
  for (const [, { Properties }] of resourcesOf(template, "AWS::Lambda::EventSourceMapping")) {
    const { OnFailure } = (Properties?.["DestinationConfig"] ?? {}) as { OnFailure?: { Destination?: unknown } };
    if (OnFailure !== undefined) {
      return resolver.text(OnFailure.Destination).replace("arn:aws:s3:::", "");
    }
  }
  throw new Error("No mapping of the template keeps what it could not deliver.");
}
