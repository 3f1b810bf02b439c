/** The limit on a customer's open holds is a setting that is off; here it is on, on the tables of the shared stack. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { storefrontHandler } from "../../functions/api/storefront.ts";
import { LocationDirectory } from "../../functions/catalogue/location-directory.ts";
import type { OperationId } from "../../functions/contract/routes.ts";
import type { ApiHandler } from "../../functions/http/api-handler.ts";
import { HotLevels } from "../../functions/reservations/hot-levels.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
import { Answers } from "../../functions/storage/answers.ts";
import { systemRuntime } from "../../functions/system-runtime.ts";
import { localCredentials } from "../../local/credentials.ts";
import { region } from "../../local/template.ts";
import { contextWith, eventFor, RecordedLog, type RequestParts } from "../http/gateway.ts";
import { type ApiClient, eventually, unique } from "./client.ts";
import { backOffice, storefront } from "./session.ts";
import { levelOf, reserve, type Shelf, stockedShelf } from "./shop.ts";

let office: ApiClient;
let dynamoDb: DynamoDBClient;
let handler: ApiHandler;
let shelf: Shelf;

beforeAll(async () => {
  office = await backOffice();
  shelf = await stockedShelf(office, 50);
  dynamoDb = new DynamoDBClient({ endpoint: inject("dynamoDbUrl"), region, credentials: localCredentials });
  const client = DynamoDBDocumentClient.from(dynamoDb, { marshallOptions: { removeUndefinedValues: true } });
  const tables = inject("tables");
  handler = storefrontHandler(
    {
      client,
      tables,
      runtime: systemRuntime,
      observe: () => undefined,
      locations: new LocationDirectory(client, tables.inventory, systemRuntime),
      hotLevels: new HotLevels({ client, table: tables.inventory, runtime: systemRuntime }),
      times: usualTimes,
      defaultAllocation: "fewest-splits",
      mostOpenHolds: 2,
    },
    { answers: new Answers(client, tables.inventory), telemetry: { log: new RecordedLog(), flush: () => undefined } },
  );
});
afterAll(() => {
  dynamoDb.destroy();
});

async function call(operationId: OperationId, parts: RequestParts) {
  const { statusCode, body = "" } = await handler(eventFor(operationId, parts), contextWith());
  return { status: statusCode, body: JSON.parse(body) };
}

const hold = async (customerId: string | undefined, settings: Record<string, unknown> = {}) =>
  await call("createReservation", { body: { customerId, lines: [{ ...shelf, quantity: 1 }], ...settings } });

describe("a limit on open holds", () => {
  it("refuses one more than a customer may have open, and nothing is reserved", async () => {
    const [anna, ben] = [unique("c"), unique("c")];
    expect([(await hold(anna)).status, (await hold(anna)).status]).toEqual([201, 201]);
    const { reserved } = await levelOf(office, shelf);
    const third = await hold(anna);
    expect([third.status, third.body.code]).toEqual([409, "hold_limit_exceeded"]);
    expect(third.body.detail).toContain("2");
    expect(await levelOf(office, shelf)).toMatchObject({ reserved });
    expect((await hold(ben)).status).toBe(201);
  });

  it("counts holds that are open, whichever way the others ended", async () => {
    const customer = unique("c");
    const path = ({ body }: Awaited<ReturnType<typeof hold>>) => ({ reservationId: body.reservationId });
    const [released, paid] = [await hold(customer), await hold(customer)];
    expect((await hold(customer)).status).toBe(409);
    await call("releaseReservation", { path: path(released) });
    const expiring = await hold(customer, { ttlSeconds: 1 });
    expect(expiring.status).toBe(201);
    expect((await hold(customer)).status).toBe(409);
    await call("commitReservation", { path: path(paid), body: { orderId: "o-1" } });
    expect((await hold(customer)).status).toBe(201);
    const next = await eventually(
      () => hold(customer),
      ({ status }) => status === 201,
    );
    expect(next.status).toBe(201);
    expect((await call("getReservation", { path: path(expiring) })).body.status).toBe("expired");
  });

  it("is met exactly by ten requests at once", async () => {
    const customer = unique("c");
    const replies = await Promise.all(Array.from({ length: 10 }, () => hold(customer)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(replies.filter(({ body }) => body.code === "hold_limit_exceeded")).toHaveLength(8);
  });

  it("does not count a repeated request twice", async () => {
    const customer = unique("c");
    const reservationId = unique("r");
    const replies = [];
    for (let time = 0; time < 3; time += 1) {
      replies.push(await hold(customer, { reservationId }));
    }
    expect(replies.map(({ status }) => status)).toEqual([201, 200, 200]);
    expect((await hold(customer)).status).toBe(201);
    expect((await hold(customer)).status).toBe(409);
    // The request that made one of the two open holds is answered, not refused.
    expect((await hold(customer, { reservationId })).status).toBe(200);
  });

  it("counts nobody's holds when nobody says who buys", async () => {
    const replies = [await hold(undefined), await hold(undefined), await hold(undefined)];
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201]);
  });

  it("is off where the setting is", async () => {
    const [shop, customerId] = [await storefront(), unique("c")];
    for (let time = 0; time < 5; time += 1) {
      expect((await reserve(shop, shelf, 1, { customerId })).status).toBe(201);
    }
  });
});
