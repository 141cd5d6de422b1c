import { expect, test } from "vitest";
import { z } from "zod";
import { defineTool, type ToolSpec } from "./define-tool.ts";

function spec<Schema extends z.ZodObject>(parameters: Schema): ToolSpec<Schema> {
  return {
    name: "look_up",
    description: "Looks.",
    parameters,
    effect: "reads",
    sameAct: (args) => JSON.stringify(args),
    execute: (args) => Promise.resolve(args),
  };
}

test("the schema is one that strict mode takes", () => {
  const tool = defineTool(spec(z.object({ orderId: z.string().min(1).max(20), note: z.string().nullable() })));
  expect(tool.parameters).toEqual({
    type: "object",
    properties: { orderId: { type: "string" }, note: { type: ["string", "null"] } },
    required: ["orderId", "note"],
    additionalProperties: false,
  });
});

test("an optional parameter is refused when the tool is defined", () => {
  expect(() => defineTool(spec(z.object({ note: z.string().optional() })))).toThrow(
    /config_invalid: tool look_up: note must be required/u,
  );
});

test("a name that no model can call is refused", () => {
  expect(() => defineTool({ ...spec(z.object({})), name: "Look Up" })).toThrow(/config_invalid/u);
});

test.each(["", "null", "{", '{"orderId":5}', "[]", '"x"'])(
  "arguments %s that do not fit say what is wrong and nothing else",
  (json) => {
    const tool = defineTool(spec(z.object({ orderId: z.string() })));
    const prepared = tool.prepare(json);
    expect(prepared.kind === "invalid" ? JSON.parse(prepared.output) : prepared).toMatchObject({
      error: "invalid_arguments",
    });
  },
);

test("the act names the tool, so that two tools never share one", () => {
  const prepared = defineTool(spec(z.object({ orderId: z.string() }))).prepare('{"orderId":"ORD_1"}');
  expect(prepared).toMatchObject({ kind: "ready", act: 'look_up {"orderId":"ORD_1"}' });
});
