/** What the load writes down while it runs. */
import { componentsOf } from "./assortment.ts";
import { type Books, type Disposition, dispositions } from "./records.ts";

export class Ledger {
  private readonly reservationIds = new Set<string>();
  private readonly received = new Map<string, number>();
  private readonly returned = new Map<Disposition, Map<string, number>>(
    dispositions.map((disposition) => [disposition, new Map()]),
  );
  private unanswered = 0;

  noteReservation(reservationId: string): void {
    this.reservationIds.add(reservationId);
  }

  noteReceived(sku: string, quantity: number): void {
    this.received.set(sku, (this.received.get(sku) ?? 0) + quantity);
  }

  /** Units of a SKU as it was sold: of a kit, its components came back. */
  noteReturned(sku: string, quantity: number, disposition: Disposition): void {
    const units = this.returned.get(disposition) as Map<string, number>;
    for (const component of componentsOf(sku)) {
      units.set(component.sku, (units.get(component.sku) ?? 0) + quantity * component.quantity);
    }
  }

  noteUnanswered(): void {
    this.unanswered += 1;
  }

  get books(): Books {
    const returned = [...this.returned].map(([disposition, units]) => [disposition, Object.fromEntries(units)]);
    return {
      reservationIds: [...this.reservationIds],
      received: Object.fromEntries(this.received),
      returned: Object.fromEntries(returned) as Books["returned"],
      unanswered: this.unanswered,
    };
  }
}
