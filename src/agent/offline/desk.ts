import { z } from "zod";
import type { MemoryView } from "../../core/memory.ts";
import { call, type Call, type Step } from "./step.ts";
import type { Line, Talk } from "./talk.ts";

/** What the offline model has before it while it answers: the talk, what tools said, and what it remembers. */
export interface Desk {
  readonly talk: Talk;
  /** The names of the tools it may call. */
  readonly tools: ReadonlySet<string>;
  /** What is remembered of the customer beside the talk. */
  readonly known: MemoryView;
}

/** What came of looking something up. */
export type Looked<Value> =
  | { readonly kind: "known"; readonly value: Value }
  /** It has to be asked for first. */
  | { readonly kind: "ask"; readonly step: Step }
  /** The result is still to come. */
  | { readonly kind: "open" }
  | { readonly kind: "failed" };

const notFound = z.object({ found: z.literal(false) });
const shapes = {
  lookup_customer: z.union([
    z.object({
      found: z.literal(true),
      name: z.string(),
      orders: z.array(z.object({ orderId: z.string(), status: z.string() })),
    }),
    notFound,
  ]),
  order_status: z.union([
    z.object({
      found: z.literal(true),
      orderId: z.string(),
      status: z.string(),
      carrier: z.string().optional(),
      trackingNumber: z.string().optional(),
      expectedOn: z.string().optional(),
    }),
    notFound,
  ]),
  lookup_order: z.union([
    z.object({
      found: z.literal(true),
      orderId: z.string(),
      status: z.string(),
      total: z.number(),
      currency: z.string(),
      placedOn: z.string().optional(),
      lines: z.array(z.object({ name: z.string(), quantity: z.number(), price: z.number() })),
    }),
    notFound,
  ]),
  get_tracking_info: z.union([
    z.object({
      found: z.literal(true),
      carrier: z.string(),
      status: z.string(),
      lastSeen: z.string(),
      expectedOn: z.string().optional(),
    }),
    notFound,
  ]),
  search_knowledge: z.object({
    found: z.boolean(),
    passages: z.array(z.object({ title: z.string(), text: z.string() })),
  }),
  classify_intent: z.object({ intent: z.string(), confidence: z.number() }),
  search_properties: z.object({
    total: z.number(),
    homes: z.array(
      z.object({
        id: z.string(),
        property_type: z.string(),
        location: z.string(),
        bedrooms: z.number(),
        area: z.number(),
        price: z.number(),
        currency: z.string(),
      }),
    ),
  }),
  escalate_to_human: z.object({ escalated: z.literal(true), expectedWithin: z.string() }),
};

type ToolName = keyof typeof shapes;
/** What a tool of this name returns. */
export type ToolOutput<Name extends ToolName> = z.infer<(typeof shapes)[Name]>;

/** Looks a tool's result up among those of this turn; when it is not there, the step that asks for it. */
export function look<Name extends ToolName>(desk: Desk, tool: Name, args: Call["args"] = {}): Looked<ToolOutput<Name>> {
  const made = desk.talk.fresh.findLast((line) => line.tool === tool && sameArguments(line.args, args));
  if (made !== undefined) return readOutput(tool, made.output);
  return desk.tools.has(tool) ? { kind: "ask", step: call({ tool, args }) } : { kind: "failed" };
}

/** A tool's result of this turn, or the newest of an earlier one. */
export function lookBack<Name extends ToolName>(desk: Desk, tool: Name): Looked<ToolOutput<Name>> {
  const now = look(desk, tool);
  if (now.kind !== "ask") return now;
  const earlier = desk.talk.past.findLast((line) => line.who === "tool" && line.tool === tool);
  const read = earlier?.who === "tool" ? readOutput(tool, earlier.output) : now;
  return read.kind === "known" ? read : now;
}

/** The sentence for a result that is not there. */
export function excuse(looked: { readonly kind: "open" | "failed" }): string {
  if (looked.kind === "open") return "I am still waiting for the result, and I will tell you as soon as it is there.";
  return "I am sorry, I cannot look that up just now. Shall I ask a colleague to help?";
}

/** Reads a tool's output; undefined when it is not what that tool returns. */
export function outputOf<Name extends ToolName>(tool: Name, line: Line): ToolOutput<Name> | undefined {
  if (line.who !== "tool" || line.tool !== tool) return undefined;
  const read = readOutput(tool, line.output);
  return read.kind === "known" ? read.value : undefined;
}

function readOutput<Name extends ToolName>(tool: Name, output: string): Looked<ToolOutput<Name>> {
  const json = jsonOf(output);
  if (typeof json === "object" && json !== null && "status" in json && json.status === "in_progress")
    return { kind: "open" };
  const parsed = shapes[tool].safeParse(json);
  // The table gives each name the schema of that name's output.
  return parsed.success ? { kind: "known", value: parsed.data as ToolOutput<Name> } : { kind: "failed" };
}

function sameArguments(json: string, args: Call["args"]): boolean {
  return json === JSON.stringify(args);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The last thing the agent said, with whether it was cut off. */
export function lastReply(desk: Desk): Extract<Line, { who: "agent" }> | undefined {
  return desk.talk.past.findLast((line) => line.who === "agent");
}
