import { z } from "zod";
import { ownOrder } from "../customer-of.ts";
import { defineTool } from "../define-tool.ts";
import { orderIdOf } from "../order-id.ts";

/** Tells everything about one of the customer's own orders. */
export const lookupOrder = defineTool({
  name: "lookup_order",
  description:
    "Look up one of the customer's orders: what is in it, what it cost, where it goes. An order of somebody else is not found.",
  parameters: z.object({ orderId: z.string().describe("for example ORD_12345") }),
  effect: "reads",
  sameAct: ({ orderId }) => orderIdOf(orderId),
  async execute({ orderId }, turn) {
    const id = orderIdOf(orderId);
    const order = await ownOrder(id, turn);
    if (order === undefined) return { found: false, orderId: id };
    const { customerId: _owner, id: _id, ...rest } = order;
    return { found: true, orderId: id, ...rest };
  },
});
