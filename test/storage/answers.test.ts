/** Answers to requests with an idempotency key: the first one counts, as long as it is kept. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Answers, type StoredAnswer } from "../../functions/storage/answers.ts";
import { type Engine, engines } from "./engines.ts";

const answer = (status: number, keptUntilSeconds = 2_000): StoredAnswer => ({
  bodyDigest: "digest",
  status,
  body: "{}",
  revision: null,
  location: null,
  keptUntilSeconds,
});

describe.each(engines)("the answers to requests with a key, %s", (_, start) => {
  let engine: Engine;
  let answers: Answers;

  beforeAll(async () => {
    engine = await start();
    answers = new Answers(engine.client, "inventory");
  });
  afterAll(async () => {
    await engine.stop();
  });

  it("keep the first one, and give it to who comes with another", async () => {
    expect(await answers.find("first")).toBeNull();
    expect(await answers.keepFirst("first", answer(201), 1_000)).toBeNull();
    expect(await answers.keepFirst("first", answer(200), 1_000)).toEqual(answer(201));
    expect(await answers.find("first")).toEqual(answer(201));
  });

  it("let a new one take the place of one that is past its time and not deleted yet", async () => {
    expect(await answers.keepFirst("late", answer(201, 1_000), 500)).toBeNull();
    expect(await answers.keepFirst("late", answer(200), 999)).toEqual(answer(201, 1_000));
    expect(await answers.keepFirst("late", answer(200), 1_000)).toBeNull();
    expect(await answers.find("late")).toEqual(answer(200));
  });
});
