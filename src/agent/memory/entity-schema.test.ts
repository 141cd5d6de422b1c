import { expect, test } from "vitest";
import { z } from "zod";
import { entitySchemaOf, unkeptEntities } from "./entity-schema.ts";

const schema = entitySchemaOf(
  z.object({
    budget: z.number().positive().describe("in EGP"),
    area: z.coerce.number().optional(),
    type: z.enum(["villa", "flat"]).nullable(),
    wishes: z.array(z.string().max(20)).max(3),
    garden: z.boolean(),
    day: z.iso.date(),
    shouted: z.string().transform((text) => text.toUpperCase()),
  }),
);

test("each value is checked by its own schema", () => {
  expect(schema.parse("budget", 3)).toBe(3);
  expect(schema.parse("budget", -3)).toBeUndefined();
  expect(schema.parse("budget", "3")).toBeUndefined();
  expect(schema.parse("area", "150")).toBe(150);
  expect(schema.parse("type", "villa")).toBe("villa");
  expect(schema.parse("type", null)).toBeUndefined();
  expect(schema.parse("wishes", ["quiet"])).toEqual(["quiet"]);
  expect(schema.parse("wishes", [])).toBeUndefined();
  expect(schema.parse("garden", false)).toBe(false);
  expect(schema.parse("day", "2026-11-31")).toBeUndefined();
  expect(schema.parse("shouted", "hi")).toBe("HI");
  expect(schema.parse("shouted", "x".repeat(301))).toBeUndefined();
  expect(schema.parse("constructor", "x")).toBeUndefined();
});

test("a model is told what strict mode knows, and no more", () => {
  expect(schema.jsonSchemaOf("budget")).toEqual({ type: "number", description: "in EGP" });
  expect(schema.jsonSchemaOf("wishes")).toEqual({ type: "array", items: { type: "string" } });
  expect(schema.jsonSchemaOf("day")).toEqual({ type: "string" });
  expect(schema.jsonSchemaOf("type")).toEqual({
    anyOf: [{ type: "string", enum: ["villa", "flat"] }, { type: "null" }],
  });
  expect(schema.jsonSchemaOf("area")).toMatchObject({ type: expect.any(String) });
});

test("an agent without a schema has no names", () => {
  expect(entitySchemaOf(undefined).names).toEqual([]);
  expect(unkeptEntities(undefined)).toEqual([]);
});

test("what memory cannot keep is named", () => {
  const entities = z.object({
    fine: z.string().optional(),
    either: z.union([z.string(), z.number()]),
    place: z.object({ city: z.string() }),
    numbers: z.array(z.number()),
    literal: z.literal("yes"),
  });
  expect(unkeptEntities(entities)).toEqual(["place", "numbers"]);
});
