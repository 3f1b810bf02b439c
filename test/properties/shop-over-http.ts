/** The shop of the reference model on a running service: its commands sent, and the answers in the model's terms. */
import { expect } from "vitest";
import type { ApiClient, Call, Reply } from "../api/client.ts";
import { unique } from "../api/client.ts";
import { ifMatch, levelOf, listItem, type Shelf } from "../api/shop.ts";
import {
  type Answer,
  type CartView,
  type Command,
  type Level,
  type Shop,
  sellableOf,
  shelves,
  viewOf,
} from "./shop-model.ts";

const ttlSeconds = 3_600;

/** A level as it is read: the model's figures, and what follows from them. */
type LevelView = Level & { readonly available: number; readonly sellable: number };

/** What can be read of a shop when nobody is at work in it. */
export interface AtRest {
  readonly levels: readonly LevelView[];
  readonly carts: readonly (CartView | null)[];
}

export function atRest({ levels, carts }: Shop): AtRest {
  return {
    levels: levels.map((level) => ({ ...level, available: sellableOf(level), sellable: sellableOf(level) })),
    carts: carts.map((cart) => (cart === undefined ? null : viewOf(cart))),
  };
}

export class ShopOverHttp {
  private readonly shop: ApiClient;
  private readonly office: ApiClient;
  private readonly places: readonly Shelf[];
  private readonly cartIds: readonly string[];

  private constructor(callers: Callers, places: readonly Shelf[], carts: number) {
    this.shop = callers.shop;
    this.office = callers.office;
    this.places = places;
    const name = unique("cart");
    this.cartIds = Array.from({ length: carts }, (_, index) => `${name}-${index}`);
  }

  /** New SKUs with the units on hand that each shelf begins with. */
  static async open(
    callers: Callers,
    locationIds: readonly [string, string],
    onHand: readonly number[],
    carts: number,
  ): Promise<ShopOverHttp> {
    const skus = await Promise.all([listItem(callers.office), listItem(callers.office)]);
    const places = shelves.map(({ sku, location }) => ({ sku: skus[sku], locationId: locationIds[location] }));
    const changes = places.map((place, shelf) => ({ ...place, delta: onHand[shelf] }));
    const filled = await callers.office.post("/v1/adjustments", { reason: "received", atomic: true, changes });
    expect(filled.status).toBe(200);
    return new ShopOverHttp(callers, places, carts);
  }

  async send(command: Command): Promise<Answer> {
    return this.answerOf(await this.request(command));
  }

  async atRest(): Promise<AtRest> {
    const [levels, carts] = await Promise.all([
      Promise.all(this.places.map(async (place) => levelViewOf(await levelOf(this.office, place)))),
      Promise.all(
        this.cartIds.map(async (_, cart) => {
          const reply = await this.shop.get(this.pathOf(cart));
          return reply.status === 404 ? null : this.cartOf(reply);
        }),
      ),
    ]);
    return { levels, carts };
  }

  private pathOf(cart: number): string {
    return `/v1/reservations/${this.cartIds[cart]}`;
  }

  private async request(command: Command): Promise<Reply> {
    const { shop, office } = this;
    const on = ({ shelf }: { readonly shelf: number }) => this.places[shelf];
    const wished = (lines: readonly { readonly shelf: number; readonly quantity: number }[]) =>
      lines.map((line) => ({ ...on(line), quantity: line.quantity }));
    switch (command.kind) {
      case "adjust": {
        const { force } = command;
        const changes = command.changes.map((change) => ({ ...on(change), delta: change.delta, force }));
        return await office.post("/v1/adjustments", { reason: "correction", atomic: true, changes });
      }
      case "reserve": {
        const reservationId = this.cartIds[command.cart];
        return await shop.post("/v1/reservations", { reservationId, ttlSeconds, lines: wished(command.lines) });
      }
      case "rearrange": {
        const path = `${this.pathOf(command.cart)}/lines`;
        return await shop.put(path, { lines: wished(command.lines) }, asSeen(command.seen));
      }
      case "extend":
        return await shop.post(`${this.pathOf(command.cart)}/extend`, { ttlSeconds });
      case "commit": {
        const path = `${this.pathOf(command.cart)}/commit`;
        return await shop.post(path, { orderId: orderIdOf(command.order) }, asSeen(command.seen));
      }
      case "release":
        return await shop.post(`${this.pathOf(command.cart)}/release`, {});
      case "fulfil": {
        const lines = command.parts?.map((part) => {
          const { sku, locationId } = on(part) ?? {};
          return { sku, quantity: part.quantity, ...(part.isFromAnywhere ? {} : { locationId }) };
        });
        return await office.post(`${this.pathOf(command.cart)}/fulfill`, lines === undefined ? {} : { lines });
      }
      case "return": {
        const lines = command.parts.map((part) => ({
          ...on(part),
          quantity: part.quantity,
          disposition: part.disposition,
        }));
        return await office.post(`${this.pathOf(command.cart)}/return`, { lines });
      }
    }
  }

  private answerOf(reply: Reply): Answer {
    const { status, body } = reply;
    if (status < 400) {
      return "results" in body
        ? { status, deltas: body.results.map(({ delta }: { delta: number }) => delta) }
        : { status, cart: this.cartOf(reply) };
    }
    const { code, reservationStatus, revision, errors } = body;
    return {
      status,
      code,
      ...(reservationStatus === undefined ? {} : { cartStatus: reservationStatus }),
      ...(revision === undefined ? {} : { revision }),
      ...(errors === undefined ? {} : { errors: this.errorsOf(errors) }),
    };
  }

  /** What differs from line to line; the rest is what every refusal here has. */
  private errorsOf(errors: readonly (Shelf & Record<string, unknown>)[]) {
    return errors
      .map(({ sku, locationId, state, backorderable, restockAt, ...figures }) => {
        expect([state ?? "onHand", backorderable ?? 0, restockAt ?? null]).toEqual(["onHand", 0, null]);
        return { shelf: this.shelfOf({ sku, locationId }), ...(figures as { available: number }) };
      })
      .sort((a, b) => a.shelf - b.shelf);
  }

  private shelfOf({ sku, locationId }: Shelf): number {
    return this.places.findIndex((place) => place.sku === sku && place.locationId === locationId);
  }

  private cartOf({ headers, body }: Reply): CartView {
    expect(headers.get("etag")).toBe(`"${body.revision}"`);
    return {
      status: body.status,
      revision: body.revision,
      order: body.orderId === null ? null : [0, 1].findIndex((order) => orderIdOf(order) === body.orderId),
      lines: body.lines.map((line: Reply["body"]) => {
        const { sku, locationId, quantity, allocated, fulfilled, returned, released, backordered } = line;
        const taken = allocated + fulfilled;
        expect([backordered, line.allocations]).toEqual([0, taken > 0 ? [{ sku, locationId, quantity: taken }] : []]);
        return { shelf: this.shelfOf(line), quantity, allocated, fulfilled, returned, released };
      }),
    };
  }
}

export interface Callers {
  readonly shop: ApiClient;
  readonly office: ApiClient;
}

const orderIdOf = (order: number): string => `order-${order}`;

const asSeen = (revision: number | null): Call => (revision === null ? {} : ifMatch(`"${revision}"`));

function levelViewOf(body: Reply["body"]): LevelView {
  const { onHand, reserved, damaged, qualityControl, available, sellable, version } = body;
  return { onHand, reserved, damaged, qualityControl, available, sellable, version };
}
