/** The HTTP API as a storefront or a back office calls it. */
import { randomUUID } from "node:crypto";
import { checkPublished } from "./published.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at field by field by the test that asked for it.
  readonly body: any;
}

export interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of JSON. */
  readonly raw?: string | Uint8Array;
}

/** Every answer must be one that the API's description declares. */
export class ApiClient {
  private readonly url: string;
  private readonly token: string | null;

  constructor(url: string, token: string | null) {
    this.url = url;
    this.token = token;
  }

  async get(path: string, call: Call = {}): Promise<Reply> {
    return await this.request("GET", path, undefined, call);
  }
  async post(path: string, body?: unknown, call: Call = {}): Promise<Reply> {
    return await this.request("POST", path, body, call);
  }
  async put(path: string, body: unknown, call: Call = {}): Promise<Reply> {
    return await this.request("PUT", path, body, call);
  }
  async patch(path: string, body: unknown, call: Call = {}): Promise<Reply> {
    return await this.request("PATCH", path, body, call);
  }

  /** Throws when the answer is not one that the API's description has for the operation. */
  async request(method: string, path: string, body: unknown, call: Call = {}): Promise<Reply> {
    const hasBody = body !== undefined || call.raw !== undefined;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(hasBody ? { "content-type": "application/json" } : {}),
        ...call.headers,
      },
      ...(hasBody ? { body: call.raw ?? JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    const reply: Reply = {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== "" ? JSON.parse(text) : text,
    };
    checkPublished(method, path, reply);
    return reply;
  }
}

/** A SKU, location or id of its own for each test, so that tests share one running stack. */
export function unique(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 13)}`;
}

/** Asks again until the answer is as wished; the last answer when it never was. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isAsWished: (answer: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const endsAt = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isAsWished(answer) || Date.now() > endsAt) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
