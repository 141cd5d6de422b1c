import type { Commerce, Customer, Order, Shipment } from "../../core/ports/commerce.ts";

const customers: readonly Customer[] = [
  { id: "CUST_1", name: "John Doe", tier: "premium", phone: "+14155550100", email: "john.doe@example.com" },
  { id: "CUST_2", name: "Jane Smith", tier: "basic", phone: "+14155550123", email: "jane.smith@example.com" },
];

const DAY_MS = 86_400_000;

/**
 * The demo shop: two customers with an order each, the same for every tenant. Dates stand in a fixed distance from
 * `now` (milliseconds since 1970), so that the parcel is always on its way.
 */
export function demoCommerce(now: number): Commerce {
  const orders = ordersAt(now);
  const shipments = shipmentsAt(now);
  return {
    customerByPhone: (_tenant, phone) => Promise.resolve(customers.find((customer) => customer.phone === phone)),
    order: (_tenant, orderId) => Promise.resolve(orders.find((order) => order.id === orderId)),
    ordersOf: (_tenant, customerId) => Promise.resolve(orders.filter((order) => order.customerId === customerId)),
    shipment: (_tenant, trackingNumber) =>
      Promise.resolve(shipments.find((shipment) => shipment.trackingNumber === trackingNumber)),
  };
}

function ordersAt(now: number): readonly Order[] {
  return [
    {
      id: "ORD_12345",
      customerId: "CUST_1",
      status: "shipped",
      total: 139.97,
      currency: "USD",
      placedOn: dayAt(now - 4 * DAY_MS),
      lines: [
        { name: "Aurora wireless headphones", quantity: 1, price: 89.99 },
        { name: "USB-C charging cable", quantity: 2, price: 24.99 },
      ],
      carrier: "UPS",
      trackingNumber: "TRK_ABC123",
      expectedOn: dayAt(now + 2 * DAY_MS),
    },
    {
      id: "ORD_67890",
      customerId: "CUST_2",
      status: "pending",
      total: 49.99,
      currency: "USD",
      placedOn: dayAt(now - DAY_MS),
      lines: [{ name: "Beacon smart lamp", quantity: 1, price: 49.99 }],
      expectedOn: dayAt(now + 6 * DAY_MS),
    },
  ];
}

function shipmentsAt(now: number): readonly (Shipment & { readonly orderId: string })[] {
  return [
    {
      orderId: "ORD_12345",
      trackingNumber: "TRK_ABC123",
      carrier: "UPS",
      status: "in transit",
      lastSeen: "Oakland, California",
      expectedOn: dayAt(now + 2 * DAY_MS),
    },
  ];
}

function dayAt(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
