/**
 * A proxy in front of DynamoDB Local that makes the faults which DynamoDB Local never has: conflicts,
 * throttling, and answers that are lost after the write was applied. The functions behind it are the built
 * bundles and know nothing of it.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Fault = "none" | "conflict" | "throttle" | "lose-answer" | "lose-request" | "deny";

export interface DynamoDbCall {
  /** The logical id of the function that makes it. */
  readonly caller: string;
  /** Such as `TransactWriteItems`. */
  readonly operation: string;
  readonly body: Record<string, unknown>;
  /** 1 for the first time that this very request was seen: the same token, or the same operation on the same key. */
  readonly attempt: number;
}

export interface DynamoDbProxy {
  readonly url: string;
  /** Where calls go; set once DynamoDB Local runs. */
  target: string;
  /** Decides the fault of each call. */
  rule: (call: DynamoDbCall) => Fault;
  /** Every call since the start. */
  readonly calls: readonly DynamoDbCall[];
  /** How often each kind of fault was injected. */
  readonly injected: Record<Exclude<Fault, "none">, number>;
  stop(): Promise<void>;
}

function nameOf(operation: string, body: Record<string, unknown>): string {
  return `${operation} ${JSON.stringify(body["ClientRequestToken"] ?? body["Key"] ?? body)}`;
}

function errorBody(type: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    __type: `com.amazonaws.dynamodb.v20120810#${type}`,
    Message: "injected",
    message: "injected",
    ...more,
  });
}

function conflictOf(operation: string, body: Record<string, unknown>): string {
  if (operation !== "TransactWriteItems") {
    return errorBody("TransactionConflictException");
  }
  const parts = (body["TransactItems"] as unknown[]).length;
  const reasons = Array.from({ length: parts }, (_, index) => ({
    Code: index === parts - 1 ? "TransactionConflict" : "None",
  }));
  return errorBody("TransactionCanceledException", { CancellationReasons: reasons });
}

function refusal(fault: "conflict" | "throttle" | "deny", operation: string, body: Record<string, unknown>): string {
  switch (fault) {
    case "conflict":
      return conflictOf(operation, body);
    case "throttle":
      return errorBody("ProvisionedThroughputExceededException");
    case "deny":
      return errorBody("AccessDeniedException");
  }
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

async function forward(
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
  const { host: _, ...headers } = incoming.headers;
  const outgoing = request(`${target}${incoming.url ?? "/"}`, { method: incoming.method, headers });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const kept = Object.fromEntries(
    Object.entries(answer.headers).filter(([name]) => name !== "transfer-encoding" && name !== "connection"),
  ) as Record<string, string>;
  return { status: answer.statusCode ?? 500, headers: kept, body: await readAll(answer) };
}

export async function startDynamoDbProxy(): Promise<DynamoDbProxy> {
  const attempts = new Map<string, number>();
  const calls: DynamoDbCall[] = [];
  const injected = { conflict: 0, throttle: 0, "lose-answer": 0, "lose-request": 0, deny: 0 };

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const raw = await readAll(incoming);
    const operation = String(incoming.headers["x-amz-target"] ?? "").split(".")[1] ?? "";
    const body = raw.length === 0 ? {} : (JSON.parse(raw.toString()) as Record<string, unknown>);
    const name = nameOf(operation, body);
    const attempt = (attempts.get(name) ?? 0) + 1;
    attempts.set(name, attempt);
    const caller = /Credential=([^/]+)/.exec(incoming.headers.authorization ?? "")?.[1] ?? "";
    const call: DynamoDbCall = { caller, operation, body, attempt };
    calls.push(call);
    const fault = proxy.rule(call);
    if (fault !== "none") {
      injected[fault] += 1;
    }
    if (fault === "lose-request") {
      incoming.socket.destroy();
      return;
    }
    if (fault === "conflict" || fault === "throttle" || fault === "deny") {
      outgoing.writeHead(400, { "content-type": "application/x-amz-json-1.0" }).end(refusal(fault, operation, body));
      return;
    }
    const { status, headers, body: answered } = await forward(proxy.target, incoming, raw);
    if (fault === "lose-answer") {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(status, headers).end(answered);
  };

  const server: Server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: DynamoDbProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: "",
    rule: () => "none",
    calls,
    injected,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
