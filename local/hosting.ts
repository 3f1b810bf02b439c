/** Hosts any template: its tables, queues, functions, mappings and HTTP API, on this machine. */
import { join } from "node:path";
import { localCredentials } from "./credentials.ts";
import { createTable, type DynamoDbLocal, startDynamoDbLocal } from "./dynamodb.ts";
import { FunctionLog, type LogSink } from "./function-log.ts";
import { LocalFunction } from "./functions.ts";
import { createHttpApi, type HttpApi } from "./http-api.ts";
import { startHttpServer } from "./http-server.ts";
import { queueMappingProperties, queueMappingSettings, startQueueMapping } from "./queue-mapping.ts";
import {
  bucketValues,
  createMessaging,
  type MessagingLocal,
  queueValues,
  startMessaging,
  topicValues,
} from "./queues.ts";
import { checkTypes } from "./resource-types.ts";
import { startStreamMapping, streamMappingProperties, streamMappingSettings } from "./stream-mapping.ts";
import {
  accountId,
  propertiesOf,
  Resolver,
  type Resource,
  type ResourceValues,
  readTemplate,
  region,
  resourcesOf,
  type Template,
  UnsupportedTemplateError,
} from "./template.ts";
import { localClient } from "./tokens.ts";

export interface HostingOptions {
  /** Of 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** The cloud assembly: a directory with its manifest. */
  readonly assemblyDirectory: string;
  /** Replaces variables of every function that has them. Throws when no function has one. */
  readonly environmentOverrides?: Readonly<Record<string, string>>;
  /** Of all functions; without it what the template says. */
  readonly logLevel?: "DEBUG" | "INFO" | undefined;
  /** Gets the address of DynamoDB Local; gives the one that the functions shall use. */
  readonly dynamoDbEndpoint?: (url: string) => string | Promise<string>;
  /** Starts another emulator of SQS, SNS and S3 than the one inside this process. */
  readonly startMessaging?: () => Promise<MessagingLocal>;
  /** Takes what the functions log; nothing does unless it is given. */
  readonly log?: LogSink;
}

export interface HostedTemplate {
  readonly url: string;
  readonly dynamoDb: DynamoDbLocal;
  /** SQS, SNS and S3. */
  readonly emulatorUrl: string;
  readonly api: HttpApi;
  /** Resolves intrinsic functions of the template. */
  readonly resolver: Resolver;
  readonly template: Template;
  /** Functions by their logical ids. */
  readonly functions: ReadonlyMap<string, LocalFunction>;
  stop(): Promise<void>;
}

type Stop = () => Promise<void>;

/** Starts everything. What has been started is stopped again when a later part fails. */
export async function hostTemplate(options: HostingOptions): Promise<HostedTemplate> {
  const stops: Stop[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).toReversed()) {
      await each();
    }
  };
  try {
    return await start(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: HostingOptions, stops: Stop[], stop: Stop): Promise<HostedTemplate> {
  const template = readTemplate(options.assemblyDirectory);
  checkTypes(template);
  // The port comes first: that it is taken is the most frequent fault, and found out at once.
  const server = await startHttpServer(options.port);
  stops.push(server.stop);
  const [dynamoDb, messaging] = await Promise.all([
    startDynamoDbLocal().then((started) => {
      stops.push(started.stop);
      return started;
    }),
    (options.startMessaging ?? startMessaging)().then((started) => {
      stops.push(started.stop);
      return started;
    }),
  ]);
  const values = valuesOf(template, messaging.url, server.url);
  const resolver = new Resolver(template, values);
  for (const [logicalId, streamArn] of await createTables(dynamoDb, template)) {
    const arn = `arn:aws:dynamodb:${region}:${accountId}:table/${logicalId}`;
    values.set(logicalId, {
      ref: logicalId,
      attributes: { Arn: arn, ...(streamArn === null ? {} : { StreamArn: streamArn }) },
    });
  }
  await createMessaging(messaging, template, resolver);

  const log = new FunctionLog(options.log ?? (() => undefined));
  const functionsDynamoDbUrl = (await options.dynamoDbEndpoint?.(dynamoDb.url)) ?? dynamoDb.url;
  const endpoints = { dynamoDbUrl: functionsDynamoDbUrl, emulatorUrl: messaging.url };
  const functions = createFunctions(options, template, resolver, endpoints, log);
  const byArn = new Map([...functions.entries()].map(([id, each]) => [functionArn(id), each]));
  const api = await createHttpApi(template, resolver, byArn);

  const reportFault = (error: unknown): void => log.write("event-source mapping", "error", String(error));
  const mappings = startMappings(template, resolver, { functions, dynamoDb, messaging, reportFault });
  stops.push(async () => {
    // A function that is stopped ends the deliveries that wait for it.
    await Promise.all([...mappings, ...functions.values()].map(async (each) => await each.stop()));
  });
  server.answerWith(api.answer);
  return {
    url: server.url,
    dynamoDb,
    emulatorUrl: messaging.url,
    api,
    resolver,
    template,
    functions,
    stop,
  };
}

function functionArn(logicalId: string): string {
  return `arn:aws:lambda:${region}:${accountId}:function:${logicalId}`;
}

function functionNamedBy(properties: Resource["Properties"]): string {
  const { Ref } = (properties?.["FunctionName"] ?? {}) as { readonly Ref?: string };
  if (Ref === undefined) {
    throw new UnsupportedTemplateError("An alias or a version is hosted of a function of the same template only.");
  }
  return Ref;
}

/** What is known of every resource before any is created; only streams get their names later. */
function valuesOf(template: Template, emulatorUrl: string, apiUrl: string): Map<string, ResourceValues> {
  const describe = (logicalId: string, { Type, Properties }: Resource): ResourceValues => {
    switch (Type) {
      case "AWS::SQS::Queue":
        return queueValues(logicalId, emulatorUrl);
      case "AWS::SNS::Topic":
        return topicValues(logicalId);
      case "AWS::S3::Bucket":
        return bucketValues(logicalId);
      case "AWS::Lambda::Function":
        return { ref: logicalId, attributes: { Arn: functionArn(logicalId) } };
      // There is one version of a function here: whoever calls its alias calls the function.
      case "AWS::Lambda::Alias":
      case "AWS::Lambda::Version":
        return { ref: functionArn(functionNamedBy(Properties)), attributes: {} };
      case "AWS::ApiGatewayV2::Api":
        return { ref: logicalId, attributes: { ApiEndpoint: apiUrl } };
      case "AWS::Cognito::UserPoolClient":
        return { ref: localClient.id, attributes: {} };
      default:
        return { ref: logicalId, attributes: {} };
    }
  };
  return new Map(Object.entries(template.Resources).map(([id, resource]) => [id, describe(id, resource)]));
}

async function createTables({ client }: DynamoDbLocal, template: Template): Promise<Map<string, string | null>> {
  const connection = client();
  try {
    const streams = new Map<string, string | null>();
    for (const [logicalId, resource] of resourcesOf(template, "AWS::DynamoDB::Table")) {
      streams.set(logicalId, (await createTable(connection, logicalId, resource)).streamArn);
    }
    return streams;
  } finally {
    connection.destroy();
  }
}

interface FunctionEndpoints {
  readonly dynamoDbUrl: string;
  readonly emulatorUrl: string;
}

function createFunctions(
  { assemblyDirectory, environmentOverrides = {}, logLevel }: HostingOptions,
  template: Template,
  resolver: Resolver,
  { dynamoDbUrl, emulatorUrl }: FunctionEndpoints,
  log: FunctionLog,
): Map<string, LocalFunction> {
  const functions = new Map<string, LocalFunction>();
  const unused = new Set(Object.keys(environmentOverrides));
  for (const [logicalId, resource] of resourcesOf(template, "AWS::Lambda::Function")) {
    const properties = propertiesOf(logicalId, resource, {
      hosted: ["Code", "Environment", "Handler", "LoggingConfig", "MemorySize", "Runtime", "Timeout"],
      ignored: ["Architectures", "Description", "Role", "Tags", "TracingConfig"],
    });
    const asset = resource.Metadata?.["aws:asset:path"];
    if (typeof asset !== "string" || !String(properties["Runtime"]).startsWith("nodejs")) {
      throw new UnsupportedTemplateError(`${logicalId} is not a Node function with its bundle in the assembly.`);
    }
    const { Variables = {} } = (properties["Environment"] ?? {}) as { Variables?: Record<string, unknown> };
    // The format and the group are one file for all functions here.
    const { ApplicationLogLevel } = (properties["LoggingConfig"] ?? {}) as { ApplicationLogLevel?: string };
    const variables = Object.entries(Variables).map(([name, value]) => {
      unused.delete(name);
      return [name, environmentOverrides[name] ?? resolver.text(value)] as const;
    });
    const settings = {
      codeDirectory: join(assemblyDirectory, asset),
      handler: String(properties["Handler"]),
      functionName: logicalId,
      functionArn: functionArn(logicalId),
      memoryMb: Number(properties["MemorySize"] ?? 128),
      timeoutSeconds: Number(properties["Timeout"] ?? 3),
      environment: {
        ...Object.fromEntries(variables),
        // As Lambda tells a function its log level.
        AWS_LAMBDA_LOG_LEVEL: logLevel ?? ApplicationLogLevel ?? "INFO",
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        // Nobody checks it; it says which function a call comes from.
        AWS_ACCESS_KEY_ID: logicalId,
        AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
        AWS_ENDPOINT_URL_DYNAMODB: dynamoDbUrl,
        AWS_ENDPOINT_URL_SQS: emulatorUrl,
        AWS_ENDPOINT_URL_SNS: emulatorUrl,
        AWS_ENDPOINT_URL_S3: emulatorUrl,
      },
    };
    functions.set(logicalId, new LocalFunction(settings, log));
  }
  if (unused.size > 0) {
    throw new UnsupportedTemplateError(`No function has the variable ${[...unused].join(", ")}.`);
  }
  return functions;
}

interface Parts {
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly dynamoDb: DynamoDbLocal;
  readonly messaging: MessagingLocal;
  readonly reportFault: (error: unknown) => void;
}

function startMappings(
  template: Template,
  resolver: Resolver,
  { functions, dynamoDb, messaging, reportFault }: Parts,
): { stop(): Promise<void> }[] {
  // All are read before the first is started, so that a template that cannot be hosted has changed nothing.
  const begin = resourcesOf(template, "AWS::Lambda::EventSourceMapping").map(([logicalId, resource]) => {
    const sourceArn = resolver.text(resource.Properties?.["EventSourceArn"]);
    const isQueue = sourceArn.startsWith("arn:aws:sqs:");
    if (!isQueue && !sourceArn.startsWith("arn:aws:dynamodb:")) {
      throw new UnsupportedTemplateError(`${logicalId}: ${sourceArn} is not a source that is hosted here.`);
    }
    const properties = resolver.resolve(
      propertiesOf(logicalId, resource, {
        hosted: isQueue ? queueMappingProperties : streamMappingProperties,
        ignored: ["MetricsConfig"],
      }),
    ) as Record<string, unknown>;
    const name = String(properties["FunctionName"]);
    const target = functions.get(name.slice(name.lastIndexOf(":") + 1));
    if (target === undefined) {
      throw new UnsupportedTemplateError(`${logicalId}: there is no function ${name}.`);
    }
    if (isQueue) {
      const settings = queueMappingSettings(properties);
      const queueUrl = `${messaging.url}/${accountId}/${sourceArn.slice(sourceArn.lastIndexOf(":") + 1)}`;
      return () => startQueueMapping(settings, queueUrl, target, messaging.sqs, reportFault);
    }
    const settings = streamMappingSettings(properties);
    const endpoints = { dynamoDbUrl: dynamoDb.url, emulatorUrl: messaging.url };
    return () => startStreamMapping(settings, target, endpoints, reportFault);
  });
  return begin.map((start) => start());
}
