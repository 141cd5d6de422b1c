import { z } from "zod";
import { withSpokenDigits } from "../spoken-digits.ts";
import { call, type Call, type Step } from "./step.ts";
import type { Line, Talk } from "./talk.ts";

/** What the offline model has before it while it answers: the talk, what tools said, and what it remembers. */
export interface Desk {
  readonly talk: Talk;
  /** The names of the tools it may call. */
  readonly tools: ReadonlySet<string>;
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

/** The order number in a text, in any spelling; `bare` also takes a number that stands alone. */
export function orderIn(text: string, bare = false): string | undefined {
  const words = withSpokenDigits(text);
  const named =
    /\bord[\s_-]*#?(\d{3,12})\b/iu.exec(words) ??
    /\border(?:'s)?(?:\s+(?:with|the|number|no\.?|id|is|was|it's))*\s*[:#]?\s*(\d{3,12})\b/iu.exec(words);
  const alone = bare ? /(?:^|[^\d$.])(\d{4,12})(?![\d.]*\d)/u.exec(words) : null;
  const digits = named?.[1] ?? alone?.[1];
  return digits === undefined ? undefined : `ORD_${digits}`;
}

/** The order number that a text names last. */
export function lastOrderIn(text: string): string | undefined {
  return [...withSpokenDigits(text).matchAll(/\bord(?:er)?[\s_-]*(\d{3,12})\b/giu)]
    .map((match) => `ORD_${match[1] ?? ""}`)
    .at(-1);
}

/** The tracking number in a text. */
export function trackingIn(text: string): string | undefined {
  const number = /\bTRK[\s_-]?([A-Z0-9]{3,20})\b/iu.exec(text)?.[1]?.toUpperCase();
  return number === undefined ? undefined : `TRK_${number}`;
}

/** The order that was spoken about last, in the customer's words or in what was found for them. */
export function lastOrder(desk: Desk): string | undefined {
  for (const line of desk.talk.past.toReversed()) {
    if (line.who === "tool" && (line.tool === "order_status" || line.tool === "lookup_order")) {
      const found = outputOf("order_status", line) ?? outputOf("lookup_order", line);
      if (found?.found === true) return found.orderId;
    }
    // Agents and colleagues name orders, too; numbers the shop does not know are not worth remembering.
    if (line.who === "operator") {
      const named = orderIn(line.text);
      if (named !== undefined) return named;
    }
  }
  for (const line of desk.talk.past.toReversed()) {
    const named = line.who === "customer" ? orderIn(line.text) : undefined;
    if (named !== undefined) return named;
  }
  return undefined;
}

/** The name the customer gave, or the one in their record. */
export function knownName(desk: Desk): string | undefined {
  for (const line of [...desk.talk.past, { who: "customer", text: desk.talk.words } as const].toReversed()) {
    const given = line.who === "customer" ? nameIn(line.text) : undefined;
    if (given !== undefined) return given;
  }
  for (const line of [...desk.talk.past, ...desk.talk.fresh].toReversed()) {
    const customer = outputOf("lookup_customer", line);
    if (customer?.found === true) return customer.name;
  }
  return undefined;
}

/** The name somebody gives as theirs. */
export function nameIn(text: string): string | undefined {
  const plain =
    /\b(?:my name(?:'s| is)|i am called|i'm called|call me)\s+(\p{L}[\p{L}'-]+(?:\s+\p{Lu}[\p{L}'-]+)?)/iu.exec(
      text,
    )?.[1];
  const short =
    /(?:^|[.!?,]\s*|\b(?:[Hh]i|[Hh]ello|[Hh]ey),?\s+)(?:[Tt]his is|I am|I'm|[Ii]t's)\s+(\p{Lu}[\p{Ll}'-]+(?:\s+\p{Lu}[\p{Ll}'-]+)?)(?=\s*(?:$|[.!?,]|and\b|here\b))/u.exec(
      text,
    )?.[1];
  const name = plain ?? short;
  if (name === undefined || /^(?:not|what|the|your|a|an)\b/iu.test(name)) return undefined;
  return name.replace(/(^|\s)\p{Ll}/gu, (letter) => letter.toUpperCase()).replace(/\s+(?:And|I|But|Here)$/u, "");
}

/** The last thing the agent said, with whether it was cut off. */
export function lastReply(desk: Desk): Extract<Line, { who: "agent" }> | undefined {
  return desk.talk.past.findLast((line) => line.who === "agent");
}
