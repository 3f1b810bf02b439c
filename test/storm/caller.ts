/** A client that does not give up: what is not answered for good is sent again, the same request with the same key. */
import { setTimeout as sleep } from "node:timers/promises";
import { type OperationId, type Route, routes } from "../../functions/contract/routes.ts";
import type { Reply } from "../api/client.ts";
import { checkPublished } from "../api/published.ts";
import type { CallRecord } from "./records.ts";

/** Far longer than an outage. */
const triesForMs = 60_000;
const betweenTriesMs = 250;
/** API Gateway answers after 30 s at the latest. */
const answeredWithinMs = 40_000;

export interface Request {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly key?: string;
}

/** It was sent for a minute and never answered for good. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";
}

export class Caller {
  private readonly url: string;
  private readonly token: string;
  private readonly record: (call: CallRecord) => void;

  constructor(url: string, token: string, record: (call: CallRecord) => void) {
    this.url = url;
    this.token = token;
    this.record = record;
  }

  /** The answer, which is below 500. Throws `UnansweredError`, and when an answer is not as the API's description says. */
  async send(operation: OperationId, request: Request = {}): Promise<Reply> {
    const giveUpAtMs = Date.now() + triesForMs;
    while (Date.now() < giveUpAtMs) {
      const reply = await this.try(operation, request);
      if (reply !== null && reply.status < 500) {
        return reply;
      }
      const seconds = Number(reply?.headers.get("retry-after") ?? 0);
      await sleep(seconds * 1_000 + betweenTriesMs);
    }
    throw new UnansweredError(`${operation} ${JSON.stringify(request)} was never answered.`);
  }

  /** One try; null when there was no answer. */
  private async try(operation: OperationId, { path = {}, query, body, key }: Request): Promise<Reply | null> {
    const route: Route = routes[operation];
    const target =
      route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? "")) +
      (query === undefined ? "" : `?${new URLSearchParams(query)}`);
    const fromMs = Date.now();
    const note = (status: number, code: string | null, hasRetryAfter: boolean): void =>
      this.record({ operation, fromMs, untilMs: Date.now(), status, code, hasRetryAfter });
    let reply: Reply;
    try {
      const response = await fetch(`${this.url}${target}`, {
        method: route.method,
        signal: AbortSignal.timeout(answeredWithinMs),
        headers: {
          authorization: `Bearer ${this.token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(key === undefined ? {} : { "idempotency-key": key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      reply = { status: response.status, headers: response.headers, body: await response.json() };
    } catch {
      note(0, null, false);
      return null;
    }
    const isGateways = "message" in reply.body;
    const code = reply.status < 400 ? null : isGateways ? "gateway" : reply.body.code;
    note(reply.status, code, reply.headers.has("retry-after"));
    if (!isGateways) {
      checkPublished(route.method, target, reply);
    }
    return reply;
  }
}
