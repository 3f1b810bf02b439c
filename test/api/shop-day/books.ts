/** What the shop itself has written down of its day, to be compared with what the service says at the end. */
import { expect } from "vitest";
import { type ApiClient, eventually, type Reply } from "../client.ts";
import { pathOf, receive, type Shelf } from "../shop.ts";

interface Component {
  readonly sku: string;
  readonly quantity: number;
}

type Disposition = "restock" | "damaged" | "qualityControl";

interface Account {
  received: number;
  readonly returned: Record<Disposition, number>;
}

export class Books {
  /** What came about: a day on which nobody sent anything back would prove nothing of returns. */
  readonly happenings = new Set<string>();
  private readonly accounts = new Map<string, Account>();
  private readonly kits = new Map<string, readonly Component[]>();
  private readonly reservations = new Set<string>();
  private readonly abandoned = new Set<string>();

  private accountOf(sku: string): Account {
    const account = this.accounts.get(sku) ?? { received: 0, returned: { restock: 0, damaged: 0, qualityControl: 0 } };
    this.accounts.set(sku, account);
    return account;
  }

  noteHappening(name: string): void {
    this.happenings.add(name);
  }

  noteKit(sku: string, components: readonly Component[]): void {
    this.kits.set(sku, components);
  }

  async receive(office: ApiClient, shelf: Shelf, quantity: number): Promise<void> {
    await receive(office, shelf, quantity);
    this.accountOf(shelf.sku).received += quantity;
  }

  noteReservation(reservation: Reply): void {
    this.reservations.add(pathOf(reservation));
  }

  /** A hold that nobody looks after any more: it ends by itself. */
  noteAbandoned(reservation: Reply): void {
    this.abandoned.add(pathOf(reservation));
  }

  noteReturn(sku: string, quantity: number, disposition: Disposition): void {
    for (const component of this.componentsOf(sku)) {
      this.accountOf(component.sku).returned[disposition] += quantity * component.quantity;
    }
  }

  private componentsOf(sku: string): readonly Component[] {
    return this.kits.get(sku) ?? [{ sku, quantity: 1 }];
  }

  /** Every SKU adds up: what came in is on the shelves, shipped, or promised to those who still have a promise. */
  async close(shop: ApiClient, office: ApiClient): Promise<void> {
    for (const path of this.abandoned) {
      const ended = await eventually(
        () => shop.get(path),
        ({ body }) => body.status === "expired",
      );
      expect(ended.body).toMatchObject({ reservationId: path.split("/").at(-1), status: "expired" });
    }
    const promised = await this.readPromises(shop);
    for (const [sku, { received, returned }] of this.accounts) {
      const { shipped, reserved, backordered } = promised.get(sku) ?? nothing;
      const { body } = await office.get(`/v1/levels?sku=${sku}`);
      const sum = (figure: string) =>
        body.items.reduce((total: number, level: Record<string, number>) => total + (level[figure] ?? 0), 0);
      const cameBack = returned.restock + returned.damaged + returned.qualityControl;
      expect({
        sku,
        onHand: sum("onHand"),
        reserved: sum("reserved"),
        backordered: sum("backordered"),
        damaged: sum("damaged"),
        qualityControl: sum("qualityControl"),
      }).toEqual({
        sku,
        onHand: received - shipped + cameBack,
        reserved,
        backordered,
        damaged: returned.damaged,
        qualityControl: returned.qualityControl,
      });
    }
  }

  private async readPromises(shop: ApiClient): Promise<ReadonlyMap<string, Promises>> {
    const promises = new Map<string, Promises>();
    for (const path of this.reservations) {
      const { status, body } = await shop.get(path);
      expect(status).toBe(200);
      for (const { sku, allocated, backordered, fulfilled } of body.lines) {
        for (const component of this.componentsOf(sku)) {
          const known = promises.get(component.sku) ?? nothing;
          promises.set(component.sku, {
            shipped: known.shipped + fulfilled * component.quantity,
            reserved: known.reserved + allocated * component.quantity,
            backordered: known.backordered + backordered * component.quantity,
          });
        }
      }
    }
    return promises;
  }
}

interface Promises {
  readonly shipped: number;
  readonly reserved: number;
  readonly backordered: number;
}

const nothing: Promises = { shipped: 0, reserved: 0, backordered: 0 };
