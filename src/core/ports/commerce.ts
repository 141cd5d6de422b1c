import type { TenantId } from "../ids.ts";

/** The business record behind a subject. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly tier: string;
  readonly phone: string;
  readonly email: string;
}

/** One thing that was ordered. */
export interface OrderLine {
  readonly name: string;
  readonly quantity: number;
  /** In the order's currency. */
  readonly price: number;
}

/** One order. */
export interface Order {
  readonly id: string;
  readonly customerId: string;
  readonly status: "pending" | "processing" | "shipped" | "delivered" | "cancelled" | "returned";
  /** In the order's currency. */
  readonly total: number;
  readonly currency: string;
  /** ISO 8601 date. */
  readonly placedOn: string;
  readonly lines: readonly OrderLine[];
  readonly carrier?: string;
  readonly trackingNumber?: string;
  /** ISO 8601 date. */
  readonly expectedOn?: string;
}

/** Where a parcel is. */
export interface Shipment {
  readonly trackingNumber: string;
  readonly carrier: string;
  readonly status: string;
  readonly lastSeen: string;
  /** ISO 8601 date. */
  readonly expectedOn?: string;
}

/** The business's own systems: customers, orders, parcels. Every call is bound to one tenant. */
export interface Commerce {
  /** The customer who owns a phone number in E.164. */
  customerByPhone(tenant: TenantId, phone: string): Promise<Customer | undefined>;
  /** One order, whoever owns it; who may see it is for the tools to decide. */
  order(tenant: TenantId, orderId: string): Promise<Order | undefined>;
  /** A customer's orders, the newest first. */
  ordersOf(tenant: TenantId, customerId: string): Promise<readonly Order[]>;
  /** Where the parcel with this tracking number is, and which order it belongs to. */
  shipment(tenant: TenantId, trackingNumber: string): Promise<(Shipment & { readonly orderId: string }) | undefined>;
}
