import { z } from "zod";
import { ownOrder } from "../customer-of.ts";
import { defineTool } from "../define-tool.ts";

/** Tells where a parcel of the customer is. */
export const getTrackingInfo = defineTool({
  name: "get_tracking_info",
  description: "Where a parcel is, by its tracking number. A parcel that belongs to somebody else is not found.",
  parameters: z.object({ trackingNumber: z.string().describe("for example TRK_ABC123") }),
  effect: "reads",
  sameAct: ({ trackingNumber }) => trackingNumber.trim().toUpperCase(),
  async execute({ trackingNumber }, turn) {
    const number = trackingNumber.trim().toUpperCase();
    const shipment = await turn.commerce.shipment(turn.tenant, number);
    const order = shipment === undefined ? undefined : await ownOrder(shipment.orderId, turn);
    if (shipment === undefined || order === undefined) return { found: false, trackingNumber: number };
    return { found: true, ...shipment };
  },
});
