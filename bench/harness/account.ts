/** The made-up account of every measurement. */
export const account = {
  sid: `AC${"0123456789abcdef".repeat(2)}`,
  token: "f".repeat(32),
  publicUrl: "https://bench.example",
  number: "+14155550100",
} as const;

/** One of many customers' numbers. */
export function customerNumber(index: number): string {
  return `+1628555${String(index % 10_000).padStart(4, "0")}`;
}

/** The number of the first customer, for measurements with only one. */
export const onlyCustomer = customerNumber(0);
