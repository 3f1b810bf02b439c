import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { LevelKey } from "../../functions/domain/level.ts";
import { legsOf } from "../../functions/domain/line.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { extendReservation } from "../../functions/reservations/extend-reservation.ts";
import { fulfilReservation } from "../../functions/reservations/fulfil-reservation.ts";
import { getReservation } from "../../functions/reservations/get-reservation.ts";
import { listReservations } from "../../functions/reservations/list-reservations.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { usualTimes } from "../../functions/reservations/times.ts";
import { inventoryKeys } from "../../functions/storage/keys.ts";
import { storedReservation } from "../../functions/storage/reservation-item.ts";
import { doneValue, Service } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});
afterEach(async () => {
  await service.settle("twice-and-reversed");
  expect((await service.reconcile()).differences).toEqual([]);
});
afterAll(async () => {
  await service.stop();
});

const context = () => ({ actor: "buyer", budgetEndsAtMs: service.clock.now() + 8_000, expectedRevision: null });
const messagesTo = async (queue: "deadlines" | "expired") => {
  const messages = await service.forward(await service.records());
  for (const other of ["audit", "alerts", "views", "settings"] as const) {
    await service.deliver(other, messages.get(other) ?? []);
  }
  return messages.get(queue) ?? [];
};
const expiredMovements = async (shelf: LevelKey) => {
  await service.settle();
  return (await service.movements(shelf)).filter(({ type }) => type === "expired");
};
const statusOf = async (reservationId: string) =>
  doneValue(await getReservation(service.reservations, reservationId)).status;

/** What was told of the writes of a reservation: from which state to which, by which way, and how long after its deadline. */
const toldOf = (reservationId: string) =>
  service.observed.flatMap((each) =>
    each.kind === "reservation-written" && each.reservation.reservationId === reservationId
      ? [
          {
            from: each.from,
            to: each.reservation.status,
            way: each.way,
            lateMs: each.atMs - each.reservation.expiresAtMs,
          },
        ]
      : [],
  );

/** What the table's TTL does, at a moment of the test's choosing. */
async function deleteRecord(reservationId: string): Promise<void> {
  await service.client.send(
    new DeleteCommand({ TableName: service.tables.inventory, Key: inventoryKeys.reservation(reservationId) }),
  );
}

describe("a deadline message", () => {
  it("is sent once for a new hold, delayed to its deadline as far as a queue can wait", async () => {
    const shelf = await service.stockedShelf(5);
    await messagesTo("deadlines");
    const short = await service.hold([shelf], 1, { ttlSeconds: 60 });
    const messages = await messagesTo("deadlines");
    expect(messages.map((body) => JSON.parse(body))).toEqual([{ reservationId: short.reservationId, uid: short.uid }]);
  });

  it("ends the hold, gives every leg back once, and does nothing when it comes again", async () => {
    const [a, b] = [await service.stockedShelf(2), await service.stockedShelf(3)];
    await messagesTo("deadlines");
    const hold = await service.hold([a, b], 2, { ttlSeconds: 30 });
    const messages = await messagesTo("deadlines");
    service.clock.advance(31_000);
    await service.deliver("deadlines", [...messages, ...messages]);
    await Promise.all(Array.from({ length: 5 }, async () => await service.deliver("deadlines", messages)));
    expect(await statusOf(hold.reservationId)).toBe("expired");
    expect((await service.level(a)).figures).toMatchObject({ reserved: 0, sellable: 2 });
    expect((await service.level(b)).figures).toMatchObject({ reserved: 0, sellable: 3 });
    expect(await expiredMovements(a)).toHaveLength(1);
    expect(await expiredMovements(b)).toHaveLength(1);
    const [held, expired, ...others] = toldOf(hold.reservationId);
    expect(held).toMatchObject({ from: null, to: "held", way: "request" });
    expect(expired).toMatchObject({ from: "held", to: "expired", way: "deadline" });
    expect(expired?.lateMs).toBeGreaterThanOrEqual(1_000);
    expect(expired?.lateMs).toBeLessThan(60_000);
    expect(others).toEqual([]);
  });

  it("that comes before the deadline of an extended hold waits on, and a hold far ahead waits as long as a queue can", async () => {
    const shelf = await service.stockedShelf(1);
    await messagesTo("deadlines");
    const hold = await service.hold([shelf], 1, { ttlSeconds: 30 });
    const [message = ""] = await messagesTo("deadlines");
    doneValue(await extendReservation(service.reservations, { ...context(), ...hold, ttlSeconds: 7_200 }));
    expect(await messagesTo("deadlines")).toEqual([]);
    service.clock.advance(31_000);
    service.waiting.length = 0;
    await service.deliver("deadlines", [message]);
    expect(service.waiting).toEqual([{ body: message, delaySeconds: 900 }]);
    expect(await statusOf(hold.reservationId)).toBe("held");
    service.clock.advance(7_200_000);
    await service.deliver("deadlines", [message]);
    expect(await statusOf(hold.reservationId)).toBe("expired");
  });

  it("is sent anew when the deadline is brought forward", async () => {
    const shelf = await service.stockedShelf(1);
    const hold = await service.hold([shelf], 1, { ttlSeconds: 3_600 });
    await messagesTo("deadlines");
    doneValue(await extendReservation(service.reservations, { ...context(), ...hold, ttlSeconds: 10 }));
    const [message = ""] = await messagesTo("deadlines");
    service.clock.advance(11_000);
    await service.deliver("deadlines", [message]);
    expect(await statusOf(hold.reservationId)).toBe("expired");
  });

  it("leaves a committed, a released and a later incarnation alone", async () => {
    const shelf = await service.stockedShelf(3);
    await messagesTo("deadlines");
    const committed = await service.hold([shelf], 1, { ttlSeconds: 1 });
    const released = await service.hold([shelf], 1, { ttlSeconds: 1 });
    const messages = await messagesTo("deadlines");
    doneValue(await commitReservation(service.reservations, { ...context(), ...committed, orderId: "o-1" }));
    doneValue(await releaseReservation(service.reservations, { ...context(), ...released, reason: null }));
    await deleteRecord(released.reservationId);
    const again = await service.hold([shelf], 1, { reservationId: released.reservationId, ttlSeconds: 1 });
    service.clock.advance(5_000);
    await service.deliver("deadlines", messages);
    expect(await statusOf(committed.reservationId)).toBe("committed");
    expect(await statusOf(again.reservationId)).toBe("held");
    expect((await service.level(shelf)).figures.reserved).toBe(2);
    await service.deliver("deadlines", await messagesTo("deadlines"));
    expect(await statusOf(again.reservationId)).toBe("expired");
  });
});

describe("a record that the table's TTL deleted", () => {
  it("gives its units back once, however often its record comes, and is kept as expired", async () => {
    const shelf = await service.stockedShelf(4);
    const hold = await service.hold([shelf], 3, { ttlSeconds: 1 });
    await messagesTo("expired");
    service.clock.advance(2_000 + 3_600_000);
    await deleteRecord(hold.reservationId);
    const messages = await messagesTo("expired");
    expect(messages).toHaveLength(1);
    await Promise.all(Array.from({ length: 4 }, async () => await service.deliver("expired", messages)));
    await service.deliver("expired", [...messages, ...messages]);
    expect((await service.level(shelf)).figures).toMatchObject({ reserved: 0, sellable: 4 });
    expect(await statusOf(hold.reservationId)).toBe("expired");
    expect(await expiredMovements(shelf)).toHaveLength(1);
    const [, expired, ...others] = toldOf(hold.reservationId);
    expect(expired).toMatchObject({ from: "held", to: "expired", way: "time-to-live" });
    expect(expired?.lateMs).toBeGreaterThanOrEqual(3_600_000);
    expect(others).toEqual([]);
  });

  it("gives its units back also when its id is in use again, and leaves the new owner's alone", async () => {
    const shelf = await service.stockedShelf(4);
    const first = await service.hold([shelf], 1, { ttlSeconds: 1 });
    await messagesTo("expired");
    service.clock.advance(2_000 + 3_600_000);
    await deleteRecord(first.reservationId);
    const second = await service.hold([shelf], 2, { reservationId: first.reservationId, ttlSeconds: 600 });
    const messages = await messagesTo("expired");
    await service.deliver("expired", [...messages, ...messages]);
    expect((await service.level(shelf)).figures).toMatchObject({ reserved: 2, sellable: 2 });
    expect(doneValue(await getReservation(service.reservations, first.reservationId))).toMatchObject({
      status: "held",
      uid: second.uid,
    });
    expect(await expiredMovements(shelf)).toMatchObject([{ reservationUid: first.uid }]);
  });

  it("is put back when it was committed, or when its time had not come", async () => {
    const shelf = await service.stockedShelf(4);
    const committed = await service.hold([shelf], 1);
    doneValue(await commitReservation(service.reservations, { ...context(), ...committed, orderId: "o-1" }));
    const held = await service.hold([shelf], 1, { ttlSeconds: 600 });
    await messagesTo("expired");
    await deleteRecord(committed.reservationId);
    await deleteRecord(held.reservationId);
    const messages = await messagesTo("expired");
    await service.deliver("expired", [...messages, ...messages]);
    expect(await statusOf(committed.reservationId)).toBe("committed");
    expect(await statusOf(held.reservationId)).toBe("held");
    expect((await service.level(shelf)).figures.reserved).toBe(2);
  });

  it("is not given back by its old image once it was put back, even when the guard of its deletion is gone", async () => {
    const shelf = await service.stockedShelf(4);
    const { reservationId, uid, version } = await service.hold([shelf], 1, { ttlSeconds: 600 });
    await messagesTo("expired");
    await deleteRecord(reservationId);
    const messages = await messagesTo("expired");
    await service.deliver("expired", messages);
    await service.client.send(
      new DeleteCommand({ TableName: service.tables.inventory, Key: inventoryKeys.expired(uid, version) }),
    );
    service.clock.advance(602_000 + usualTimes.expiryGraceSeconds * 1_000);
    await service.deliver("expired", messages);
    expect(await statusOf(reservationId)).toBe("held");
    expect((await service.level(shelf)).figures.reserved).toBe(1);
  });
});

describe("an order that was deleted by mistake", () => {
  const orderFor = async (shelf: LevelKey, quantity: number) => {
    const { reservationId, uid } = await service.hold([shelf], quantity);
    const orderId = `order-of-${reservationId}`;
    doneValue(await commitReservation(service.reservations, { ...context(), reservationId, orderId }));
    return { reservationId, uid, orderId };
  };
  const ordersNamed = async (orderId: string) => {
    const name = { kind: "order", id: orderId } as const;
    const page = await listReservations(service.reservations, { name, limit: 10, cursor: null });
    return page.kind === "page" ? page.items : [];
  };

  it("goes on under its uid when its id is in use again, with its units, and is found by its order id", async () => {
    const shelf = await service.stockedShelf(3);
    const order = await orderFor(shelf, 2);
    await messagesTo("expired");
    await deleteRecord(order.reservationId);
    const cart = await service.hold([shelf], 1, { reservationId: order.reservationId });
    const messages = await messagesTo("expired");
    await service.deliver("expired", [...messages, ...messages]);
    await service.settle();

    expect((await service.level(shelf)).figures).toMatchObject({ reserved: 3, sellable: 0 });
    expect(doneValue(await getReservation(service.reservations, order.reservationId))).toEqual(cart);
    expect(await ordersNamed(order.orderId)).toMatchObject([{ status: "committed", reservationId: order.uid }]);
    expect(service.errors.splice(0)).toMatchObject([
      { fields: { reservationId: order.reservationId, uid: order.uid } },
    ]);
    doneValue(await releaseReservation(service.reservations, { ...context(), reservationId: order.uid, reason: null }));
    expect((await service.level(shelf)).figures).toMatchObject({ reserved: 1, sellable: 2 });
  });

  it("takes its place in the queue along", async () => {
    const shelf = await service.stockedShelf(1, { backorder: { policy: "allow", limit: null } });
    const order = await orderFor(shelf, 3);
    await messagesTo("expired");
    await deleteRecord(order.reservationId);
    await service.hold([shelf], 1, { reservationId: order.reservationId });
    await service.deliver("expired", await messagesTo("expired"));
    service.errors.length = 0;

    expect((await service.reconcile()).differences).toEqual([]);
    await service.adjust(shelf, 2);
    await service.settle("twice-and-reversed");
    const served = doneValue(await getReservation(service.reservations, order.uid));
    expect(legsOf(served)).toMatchObject([{ allocated: 3, backordered: 0 }]);
    expect((await service.level(shelf)).figures).toMatchObject({ reserved: 3, backordered: 1 });
  });

  it("is not put back as it was before by a message of an earlier deletion", async () => {
    const shelf = await service.stockedShelf(3);
    const order = await orderFor(shelf, 2);
    await messagesTo("expired");
    await deleteRecord(order.reservationId);
    const first = await messagesTo("expired");
    await service.deliver("expired", first);
    const units = [{ sku: shelf.sku, locationId: null, quantity: 1 }];
    doneValue(
      await fulfilReservation(service.reservations, {
        ...context(),
        reservationId: order.reservationId,
        units,
        change: null,
      }),
    );
    await messagesTo("expired");
    await deleteRecord(order.reservationId);
    const second = await messagesTo("expired");
    await service.deliver("expired", [...first, ...second]);
    const now = doneValue(await getReservation(service.reservations, order.reservationId));
    expect(legsOf(now)).toMatchObject([{ allocated: 1, fulfilled: 1 }]);
    expect((await service.level(shelf)).figures).toMatchObject({ onHand: 2, reserved: 1 });
  });
});

describe("the ways of ending a hold", () => {
  it("end it exactly once when all of them race", async () => {
    for (let round = 0; round < 8; round += 1) {
      const shelf = await service.stockedShelf(1);
      const hold = await service.hold([shelf], 1, { ttlSeconds: 1 });
      const deadlines = (await messagesTo("deadlines")).filter((body) => body.includes(hold.uid));
      service.clock.advance(1_500);
      const [commit, release] = await Promise.all([
        commitReservation(service.reservations, { ...context(), ...hold, orderId: "o-1" }),
        releaseReservation(service.reservations, { ...context(), ...hold, reason: null }),
        service.deliver("deadlines", deadlines),
        service.deliver("deadlines", deadlines),
      ]);
      const status = await statusOf(hold.reservationId);
      const { reserved } = (await service.level(shelf)).figures;
      expect({ status, reserved }).toEqual({ status, reserved: status === "committed" ? 1 : 0 });
      expect([commit.kind, release.kind]).toContain("done");
      await service.settle();
      const types = (await service.movements(shelf)).map(({ type }) => type);
      const endings = types.filter((type) => type === "expired" || type === "released").length;
      const takings = types.filter((type) => type === "reserved" || type === "reacquired").length;
      expect(takings - endings, types.join(" ")).toBe(reserved);
    }
  });

  it("agree when a TTL deletion races a late commit of the expired record", async () => {
    for (let round = 0; round < 8; round += 1) {
      const shelf = await service.stockedShelf(1);
      const hold = await service.hold([shelf], 1, { ttlSeconds: 1 });
      await messagesTo("expired");
      service.clock.advance(2_000 + 3_600_000);
      await deleteRecord(hold.reservationId);
      const messages = await messagesTo("expired");
      const [late] = await Promise.all([
        commitReservation(service.reservations, { ...context(), ...hold, orderId: "o-1" }),
        service.deliver("expired", messages),
      ]);
      const { reserved } = (await service.level(shelf)).figures;
      if (late.kind === "done") {
        expect(reserved).toBe(1);
        expect(await statusOf(hold.reservationId)).toBe("committed");
      } else {
        // The deleted record was not there yet; the next try finds it expired and takes the stock again.
        expect(late).toMatchObject({ refusal: { kind: "not-found" } });
        const next = await commitReservation(service.reservations, { ...context(), ...hold, orderId: "o-1" });
        expect(doneValue(next)).toMatchObject({ status: "committed", reacquired: true });
      }
    }
  });

  it("a second incarnation of an id whose deleted record comes late cannot be ended by the first one's message", async () => {
    const shelf = await service.stockedShelf(2);
    const first = await service.hold([shelf], 1, { ttlSeconds: 1 });
    const deadlines = (await messagesTo("deadlines")).filter((body) => body.includes(first.uid));
    await deleteRecord(first.reservationId);
    const record = storedReservation(
      { ...first, status: "held" } as Parameters<typeof storedReservation>[0],
      usualTimes,
    );
    await service.client.send(
      new PutCommand({ TableName: service.tables.inventory, Item: { ...record, uid: "another" } }),
    );
    service.clock.advance(2_000);
    await service.deliver("deadlines", deadlines);
    expect(await statusOf(first.reservationId)).toBe("held");
    // Back to what really happened, so that the table is whole again.
    await service.client.send(new PutCommand({ TableName: service.tables.inventory, Item: record }));
    await service.deliver("deadlines", deadlines);
    expect(await statusOf(first.reservationId)).toBe("expired");
  });
});
