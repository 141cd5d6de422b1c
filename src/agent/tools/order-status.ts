import { z } from "zod";
import { ownOrder } from "../customer-of.ts";
import { defineTool } from "../define-tool.ts";
import { orderIdOf } from "../order-id.ts";

/** Tells how far one of the customer's own orders is. */
export const orderStatus = defineTool({
  name: "order_status",
  description: "How far one of the customer's orders is, with carrier and tracking number once it was sent.",
  parameters: z.object({ orderId: z.string().describe("for example ORD_12345") }),
  effect: "reads",
  sameAct: ({ orderId }) => orderIdOf(orderId),
  async execute({ orderId }, turn) {
    const id = orderIdOf(orderId);
    const order = await ownOrder(id, turn);
    if (order === undefined) return { found: false, orderId: id };
    const { status, carrier, trackingNumber, expectedOn } = order;
    return { found: true, orderId: id, status, carrier, trackingNumber, expectedOn };
  },
});
