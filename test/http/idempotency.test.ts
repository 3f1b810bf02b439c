import { beforeEach, describe, expect, it } from "vitest";
import { contention, done, refused } from "../../functions/domain/refusal.ts";
import type { Runtime } from "../../functions/domain/runtime.ts";
import type { Answer, Call, RouteHandler, RouteOutcome } from "../../functions/http/call.ts";
import { type AnswerStore, answerOnce, type KeptAnswer } from "../../functions/http/idempotency.ts";
import { fixedRuntime, RecordedLog, startMs } from "./gateway.ts";

type Op = "createReservation";

/** Keeps answers as the table does: put if absent, an item past its time no longer counts. */
class AnswersInMemory implements AnswerStore {
  readonly kept = new Map<string, KeptAnswer>();

  async find(keyDigest: string): Promise<KeptAnswer | null> {
    return this.kept.get(keyDigest) ?? null;
  }

  async keepFirst(keyDigest: string, answer: KeptAnswer, nowSeconds: number): Promise<KeptAnswer | null> {
    const first = this.kept.get(keyDigest);
    if (first !== undefined && first.keptUntilSeconds > nowSeconds) {
      return first;
    }
    this.kept.set(keyDigest, answer);
    return null;
  }
}

const call = (fields: Partial<Call<Op>> = {}) =>
  ({ keyDigest: "key", bodyDigest: "body", requestId: "request-1", ...fields }) as Call<Op>;

/** Answers with another reservation each time that it is really asked. */
class Counter {
  executions = 0;
  outcome: (execution: number) => RouteOutcome<Answer<Op>> = (execution) =>
    done({
      status: 201,
      body: { reservationId: `r-${execution}` } as Answer<Op>["body"],
      revision: 1,
      location: `/v1/reservations/r-${execution}`,
    });

  readonly answer: RouteHandler<Op> = async () => {
    this.executions += 1;
    return this.outcome(this.executions);
  };
}

let answers: AnswersInMemory;
let counter: Counter;
let nowMs: number;
let log: RecordedLog;
const runtime: Runtime = { ...fixedRuntime, now: () => nowMs };

beforeEach(() => {
  answers = new AnswersInMemory();
  counter = new Counter();
  log = new RecordedLog();
  nowMs = startMs;
});

const send = async (fields: Partial<Call<Op>> = {}, store: AnswerStore = answers) =>
  await answerOnce({ answers: store, runtime, log }, counter.answer, call(fields));

describe("an answer to a request with a key", () => {
  it("is given again as it was, and says so", async () => {
    const first = await send();
    expect(first).toMatchObject({ kind: "done", value: { status: 201 } });
    expect(first).not.toHaveProperty("value.replayed");
    expect(await send()).toEqual({
      kind: "done",
      value: {
        status: 201,
        body: { reservationId: "r-1" },
        revision: 1,
        location: "/v1/reservations/r-1",
        replayed: true,
      },
    });
    expect(counter.executions).toBe(1);
  });

  it("belongs to its key, and a request without one is asked every time", async () => {
    await send();
    await send({ keyDigest: "another" });
    await send({ keyDigest: null });
    await send({ keyDigest: null });
    expect(counter.executions).toBe(4);
    expect(answers.kept.size).toBe(2);
  });

  it("is refused to another body", async () => {
    await send();
    expect(await send({ bodyDigest: "another" })).toEqual(refused({ kind: "idempotency-key-reused" }));
    expect(counter.executions).toBe(1);
  });

  it("is kept for 24 hours, whether the table has deleted it or not", async () => {
    await send();
    nowMs += 86_400_000 - 1;
    expect(await send()).toMatchObject({ value: { replayed: true } });
    nowMs += 1;
    const later = await send();
    expect(later).toMatchObject({ value: { body: { reservationId: "r-2" } } });
    expect(later).not.toHaveProperty("value.replayed");
    expect(await send()).toMatchObject({ value: { replayed: true, body: { reservationId: "r-2" } } });
  });

  it("is not kept when it is a refusal, contention or a bad request", async () => {
    const outcomes: RouteOutcome<Answer<Op>>[] = [
      refused({ kind: "insufficient-stock", lines: [] }),
      contention,
      { kind: "invalid", errors: [] },
    ];
    for (const outcome of outcomes) {
      counter.outcome = () => outcome;
      expect(await send()).toEqual(outcome);
    }
    expect(answers.kept.size).toBe(0);
    counter.outcome = new Counter().outcome;
    expect(await send()).toMatchObject({ kind: "done", value: { status: 201 } });
  });

  it("is the first one for both of two requests at the same time", async () => {
    const both = await Promise.all([send(), send()]);
    expect(counter.executions).toBe(2);
    expect(both.map((outcome) => (outcome.kind === "done" ? outcome.value.body : null))).toEqual([
      { reservationId: "r-1" },
      { reservationId: "r-1" },
    ]);
  });

  it("is its own for a request with another body at the same time, which did its work too", async () => {
    const both = await Promise.all([send(), send({ bodyDigest: "another" })]);
    expect(both.map((outcome) => (outcome.kind === "done" ? outcome.value.body : null))).toEqual([
      { reservationId: "r-1" },
      { reservationId: "r-2" },
    ]);
  });

  it("is given although it could not be kept, and that is logged", async () => {
    const failing: AnswerStore = {
      find: async () => null,
      keepFirst: async () => {
        throw new Error("the table is away");
      },
    };
    expect(await send({}, failing)).toMatchObject({ kind: "done", value: { body: { reservationId: "r-1" } } });
    expect(log.entries).toMatchObject([{ level: "warn", fields: { failure: { message: "the table is away" } } }]);
  });

  it("is given but not kept when it is larger than an item", async () => {
    const huge = "x".repeat(350_001);
    counter.outcome = () => done({ status: 200, body: { reservationId: huge } as Answer<Op>["body"] });
    expect(await send()).toMatchObject({ kind: "done" });
    expect(answers.kept.size).toBe(0);
    expect(log.entries).toMatchObject([{ level: "warn" }]);
  });
});
