import { expect, test } from "vitest";
import { orderIdOf } from "./order-id.ts";

test.each(["ORD_12345", "ord-12345", "#12345", "12345", "order 12345", " Order #12345 "])("%s is ORD_12345", (text) => {
  expect(orderIdOf(text)).toBe("ORD_12345");
});

test("what is no order number stays as it is", () => {
  expect(orderIdOf("the blue one")).toBe("the blue one");
});
