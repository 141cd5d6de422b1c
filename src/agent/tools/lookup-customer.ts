import { z } from "zod";
import { customerOf } from "../customer-of.ts";
import { defineTool } from "../define-tool.ts";

/** Tells who the customer is and which orders they have, by the addresses that are proven. */
export const lookupCustomer = defineTool({
  name: "lookup_customer",
  description:
    "Look up the customer you are talking with: name, tier, and their orders, the newest first. Takes no arguments; the platform knows who they are.",
  parameters: z.object({}),
  effect: "reads",
  sameAct: () => "",
  async execute(_args, turn) {
    const customer = await customerOf(turn);
    if (customer === undefined) return { found: false, reason: "no customer is known under this number" };
    const orders = await turn.commerce.ordersOf(turn.tenant, customer.id);
    return {
      found: true,
      name: customer.name,
      tier: customer.tier,
      orders: orders
        .slice(0, 10)
        .map((order) => ({ orderId: order.id, status: order.status, placedOn: order.placedOn })),
    };
  },
});
