import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Replay } from "../../functions/domain/movement.ts";
import { commitReservation } from "../../functions/reservations/commit-reservation.ts";
import { fulfilReservation } from "../../functions/reservations/fulfil-reservation.ts";
import { releaseReservation } from "../../functions/reservations/release-reservation.ts";
import { doneValue, Service } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});

afterAll(async () => {
  expect((await service.reconcile()).differences).toEqual([]);
  await service.stop();
});

describe("the audit trail", () => {
  it.each(["once", "twice-and-reversed"] as const)(
    "has exactly one movement for each write of a level when messages come %s",
    async (how) => {
      const shelf = await service.stockedShelf(10);
      const context = { actor: "buyer", budgetEndsAtMs: service.clock.now() + 8_000, expectedRevision: null };
      const sold = await service.hold([shelf], 2);
      doneValue(await commitReservation(service.reservations, { ...context, ...sold, orderId: "o-1" }));
      doneValue(await fulfilReservation(service.reservations, { ...context, ...sold, units: null, change: null }));
      const left = await service.hold([shelf], 3);
      doneValue(await releaseReservation(service.reservations, { ...context, ...left, reason: "abandoned" }));
      await service.adjust(shelf, -1);

      await service.settle(how);

      const movements = await service.movements(shelf);
      expect(movements.map(({ version, type }) => [version, type])).toEqual([
        [1, "received"],
        [2, "reserved"],
        [3, "fulfilled"],
        [4, "reserved"],
        [5, "released"],
        [6, "adjusted"],
      ]);
      expect(movements[1]).toMatchObject({
        reservationId: sold.reservationId,
        reservationUid: sold.uid,
        changes: { reserved: 2, available: -2, sellable: -2 },
        after: { onHand: 10, reserved: 2, available: 8, sellable: 8 },
      });
      expect(movements[4]).toMatchObject({ reason: "abandoned", actor: "buyer" });
      const replay = new Replay();
      for (const movement of movements) {
        replay.add(movement);
      }
      expect(replay.faultAgainst(await service.level(shelf))).toBeNull();
    },
  );

  it("shows a movement that is missing as a gap, and reconcile names it with the movements around it", async () => {
    const shelf = await service.stockedShelf(5);
    await service.hold([shelf], 1);
    await service.hold([shelf], 1);
    const messages = await service.forward(await service.records());
    const audit = messages.get("audit") ?? [];
    const lost = audit.findIndex((body) => JSON.parse(body).after.version === 2);
    await service.deliver(
      "audit",
      audit.filter((_, index) => index !== lost),
    );
    const broken = await service.reconcile();
    expect(broken.differences).toMatchObject([
      {
        level: shelf,
        differences: expect.arrayContaining([{ kind: "replay", cell: 0, fault: { kind: "gap", missingVersion: 2 } }]),
        movements: [{ version: 1 }, { version: 3 }],
      },
    ]);
    await service.deliver("audit", [audit[lost] ?? ""]);
    expect((await service.reconcile()).differences).toEqual([]);
  });
});
