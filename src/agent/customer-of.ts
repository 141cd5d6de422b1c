import type { Customer, Order } from "../core/ports/commerce.ts";
import type { ToolTurn } from "./define-tool.ts";

/** The customer who owns one of the proven addresses, if any does. */
export async function customerOf(turn: ToolTurn): Promise<Customer | undefined> {
  for (const address of turn.addresses) {
    const customer = await turn.commerce.customerByPhone(turn.tenant, address);
    if (customer !== undefined) return customer;
  }
  return undefined;
}

/** An order, if it belongs to the customer of this turn; another customer's order does not exist for them. */
export async function ownOrder(orderId: string, turn: ToolTurn): Promise<Order | undefined> {
  const [customer, order] = await Promise.all([customerOf(turn), turn.commerce.order(turn.tenant, orderId)]);
  return customer !== undefined && order?.customerId === customer.id ? order : undefined;
}
