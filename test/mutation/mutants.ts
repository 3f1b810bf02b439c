/**
 * Every condition, guard, key, retry and order of the write paths, removed or inverted, one at a time. Whoever writes
 * a rule adds its mutant; whoever changes one is told by the gate that its text is another.
 */
import type { Mutant } from "./mutant.ts";
import { backorderMutants } from "./mutants/backorders.ts";
import { catalogueMutants } from "./mutants/catalogue.ts";
import { consumerMutants } from "./mutants/consumers.ts";
import { contentionMutants } from "./mutants/contention.ts";
import { customerMutants } from "./mutants/customers.ts";
import { expiryMutants } from "./mutants/expiry.ts";
import { recoveryMutants } from "./mutants/recovery.ts";
import { reservationMutants } from "./mutants/reservations.ts";
import { stockCommandMutants } from "./mutants/stock-commands.ts";
import { stockWriteMutants } from "./mutants/stock-writes.ts";

export const mutants: readonly Mutant[] = [
  ...stockWriteMutants,
  ...reservationMutants,
  ...customerMutants,
  ...expiryMutants,
  ...backorderMutants,
  ...stockCommandMutants,
  ...catalogueMutants,
  ...consumerMutants,
  ...contentionMutants,
  ...recoveryMutants,
];
