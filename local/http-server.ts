/** A small HTTP server on 127.0.0.1 that reads whole requests and writes whole answers. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpRequest {
  readonly method: string;
  /** As it was sent, still encoded, without the query. */
  readonly path: string;
  /** As it was sent, without the question mark. */
  readonly query: string;
  /** Lower-case names; values of a header that came several times are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly sourceIp: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

export interface HttpServer {
  readonly url: string;
  /** Takes effect at once; until it is set, every request is answered with 503. */
  answerWith(answer: (request: HttpRequest) => Promise<HttpAnswer>): void;
  stop(): Promise<void>;
}

/** As much as API Gateway takes: 10 MB. */
export const mostBodyBytes = 10 * 1024 * 1024;

/** The port that was asked for is taken by another program. */
export class PortInUseError extends Error {
  override readonly name = "PortInUseError";
  constructor(port: number) {
    super(`Port ${port} of 127.0.0.1 is in use: stop the program that has it, or set PORT to another one.`);
  }
}

/** An answer as API Gateway gives its own: `{"message": …}`. */
export function message(status: number, text: string, headers: Record<string, string> = {}): HttpAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ message: text }),
  };
}

/** What is too large is read to its end and forgotten: whoever is still sending would not hear the answer. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | "too-large"> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size <= mostBodyBytes) {
      chunks.push(chunk as Buffer);
    } else {
      chunks.length = 0;
    }
  }
  return size > mostBodyBytes ? "too-large" : Buffer.concat(chunks);
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headersDistinct).map(([name, values]) => [
      name,
      (values ?? []).join(name === "cookie" ? "; " : ","),
    ]),
  );
}

function write(outgoing: ServerResponse, { status, headers, body }: HttpAnswer): void {
  outgoing.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    outgoing.setHeader(name, value);
  }
  outgoing.end(body);
}

/** Listens at once. Throws `PortInUseError`; port 0 takes a free one. */
export async function startHttpServer(port: number): Promise<HttpServer> {
  let answer = async (_request: HttpRequest): Promise<HttpAnswer> => message(503, "Service Unavailable");

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await readBody(incoming);
    if (body === "too-large") {
      write(outgoing, message(413, "Request Entity Too Large"));
      return;
    }
    const [path = "/", ...query] = (incoming.url ?? "/").split("?");
    write(
      outgoing,
      await answer({
        method: incoming.method ?? "GET",
        path,
        query: query.join("?"),
        headers: headersOf(incoming),
        body,
        sourceIp: incoming.socket.remoteAddress ?? "127.0.0.1",
      }),
    );
  };

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => {
      if (outgoing.headersSent) {
        incoming.socket.destroy();
      } else {
        write(outgoing, message(500, "Internal Server Error"));
      }
    });
  });
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? new PortInUseError(port) : error;
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answerWith: (answering) => {
      answer = answering;
    },
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
