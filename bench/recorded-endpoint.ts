/** Stands before DynamoDB Local: passes calls on and keeps their answers, and later gives those answers at once. */
import { type HttpAnswer, type HttpRequest, startHttpServer } from "../local/http-server.ts";

export interface RecordedEndpoint {
  readonly url: string;
  /** Passes calls on from now, and keeps the latest answer of each operation. */
  record(): void;
  /** Gives the kept answers from now; an operation without one is answered with 500. */
  replay(): void;
  stop(): Promise<void>;
}

export async function startRecordedEndpoint(target: string): Promise<RecordedEndpoint> {
  const server = await startHttpServer(0);
  const kept = new Map<string, HttpAnswer>();
  const operationOf = ({ headers }: HttpRequest): string => headers["x-amz-target"] ?? "";

  const record = async (request: HttpRequest): Promise<HttpAnswer> => {
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const response = await fetch(target, { method: request.method, headers, body: new Uint8Array(request.body) });
    const answer = {
      status: response.status,
      headers: { "content-type": response.headers.get("content-type") ?? "" },
      body: Buffer.from(await response.arrayBuffer()),
    };
    kept.set(operationOf(request), answer);
    return answer;
  };
  const replay = async (request: HttpRequest): Promise<HttpAnswer> =>
    kept.get(operationOf(request)) ?? { status: 500, headers: {}, body: "" };

  return {
    url: server.url,
    record: () => server.answerWith(record),
    replay: () => server.answerWith(replay),
    stop: server.stop,
  };
}
