import { expect, test } from "vitest";
import { subjectId, tenantId } from "../../core/ids.ts";
import { demoCommerce } from "../commerce/demo.ts";
import type { ToolDefinition, ToolTurn } from "../define-tool.ts";
import { noKnowledge } from "../knowledge/knowledge.ts";
import { getTrackingInfo } from "./get-tracking-info.ts";
import { lookupCustomer } from "./lookup-customer.ts";
import { lookupOrder } from "./lookup-order.ts";
import { orderStatus } from "./order-status.ts";
import { searchKnowledge } from "./search-knowledge.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

async function use(tool: ToolDefinition, args: object, phone = "+14155550100"): Promise<unknown> {
  const prepared = tool.prepare(JSON.stringify(args));
  if (prepared.kind === "invalid") throw new Error(prepared.output);
  const turn: ToolTurn = {
    tenant: tenantId("main"),
    subjectId: subjectId("sub_1"),
    addresses: ["web-visitor", phone],
    channel: "sms",
    entities: {},
    commerce: demoCommerce(now),
    knowledge: noKnowledge,
    now,
    signal: new AbortController().signal,
    key: "k",
  };
  return JSON.parse(await prepared.run(turn));
}

const JANE = "+14155550123";
const STRANGER = "+14155559999";

test("the customer is who owns the number, with their orders", async () => {
  expect(await use(lookupCustomer, {})).toEqual({
    found: true,
    name: "John Doe",
    tier: "premium",
    orders: [{ orderId: "ORD_12345", status: "shipped", placedOn: "2026-11-17" }],
  });
  expect(await use(lookupCustomer, {}, STRANGER)).toMatchObject({ found: false });
});

test("an order's lines add up to its total", async () => {
  const commerce = demoCommerce(now);
  for (const id of ["ORD_12345", "ORD_67890"]) {
    const order = await commerce.order(tenantId("main"), id);
    const sum = order?.lines.reduce((total, line) => total + line.quantity * line.price, 0) ?? 0;
    expect(sum.toFixed(2)).toBe(order?.total.toFixed(2));
  }
});

test("an order is told to its owner, without who they are", async () => {
  const order = await use(lookupOrder, { orderId: "12345" });
  expect(order).toMatchObject({
    found: true,
    orderId: "ORD_12345",
    total: 139.97,
    carrier: "UPS",
    trackingNumber: "TRK_ABC123",
  });
  expect(JSON.stringify(order)).not.toContain("CUST_");
});

test.each([JANE, STRANGER])("another customer's order and parcel do not exist for %s", async (phone) => {
  expect(await use(lookupOrder, { orderId: "ORD_12345" }, phone)).toEqual({ found: false, orderId: "ORD_12345" });
  expect(await use(orderStatus, { orderId: "ORD_12345" }, phone)).toEqual({ found: false, orderId: "ORD_12345" });
  expect(await use(getTrackingInfo, { trackingNumber: "TRK_ABC123" }, phone)).toEqual({
    found: false,
    trackingNumber: "TRK_ABC123",
  });
});

test("a parcel is found by its number in any case", async () => {
  expect(await use(getTrackingInfo, { trackingNumber: " trk_abc123 " })).toMatchObject({
    found: true,
    carrier: "UPS",
    status: "in transit",
    expectedOn: "2026-11-23",
  });
});

test("nothing written down is nothing found", async () => {
  expect(await use(searchKnowledge, { query: "anything" })).toEqual({ found: false, passages: [] });
});
