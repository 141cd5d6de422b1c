import type { Bridge } from "./bridge.ts";
import type { DomainEvent } from "./events.ts";
import type { CallSid, OutboxId } from "./ids.ts";
import type { Item } from "./item.ts";
import type { InboxRow } from "./message.ts";
import type { Reply } from "./outbox.ts";
import { sentences } from "./sentences.ts";
import type { BoundTurn, Settlement } from "./turn-record.ts";
import type { TurnRun } from "./turn.ts";

/** Where the reply to a turn goes. */
export type ReplyRoute =
  | { readonly kind: "text"; readonly channel: "sms" | "whatsapp" | "web"; readonly to: string; readonly from: string }
  | { readonly kind: "voice"; readonly callSid: CallSid }
  | { readonly kind: "none" };

/**
 * Where the reply to a bound turn goes: the way the last thing that wants an answer came; a late result is told on the
 * call that is on the line, else by text.
 */
export function routeOf(turn: Pick<BoundTurn, "rows" | "textRoute">, liveCall: CallSid | undefined): ReplyRoute {
  const last = turn.rows.findLast((row) => row.treatment === "answer");
  if (last === undefined) return { kind: "none" };
  switch (last.body.kind) {
    case "text":
      return { kind: "text", channel: last.body.channel, to: last.body.from, from: last.body.to };
    case "speech":
    case "keys":
      return { kind: "voice", callSid: last.body.callSid };
    case "heard":
    case "delivery":
    case "told":
    case "tool_result":
      if (liveCall !== undefined) return { kind: "voice", callSid: liveCall };
      return turn.textRoute === undefined ? { kind: "none" } : { kind: "text", ...turn.textRoute };
  }
}

/** What a turn adds to the record before the agent does anything: what came in, and what earlier attempts did. */
export function inputItems(turn: Pick<BoundTurn, "rows" | "calls" | "spoken">): readonly Item[] {
  const earlier = turn.calls.flatMap((call): readonly Item[] => [
    { kind: "tool_call", callId: call.callId, tool: call.tool, arguments: call.arguments },
    {
      kind: "tool_result",
      callId: call.callId,
      tool: call.tool,
      output: call.state === "done" && call.output !== undefined ? call.output : sentences.unknownAct,
    },
  ]);
  const spoken: readonly Item[] =
    turn.spoken === "" ? [] : [{ kind: "agent", channel: "voice", text: turn.spoken, status: "incomplete" }];
  return [...turn.rows.map(itemOf), ...earlier, ...spoken];
}

/** Everything a turn decided, as the store keeps it and the ledger settles it. */
export function settlementOf(
  turn: BoundTurn,
  run: TurnRun,
  decided: {
    readonly replies: readonly { readonly reply: Reply; readonly ids: readonly OutboxId[] }[];
    readonly ms: number;
    readonly tools: readonly string[];
    readonly dead?: boolean;
    readonly bridged?: { readonly bridge: Bridge; readonly ms: number } | undefined;
    /** Milliseconds from the first thing the customer said to the settled answer. */
    readonly waitedMs?: number;
  },
): Settlement {
  const ids = turn.rows.map((row) => row.id);
  const about = { tenant: turn.tenant, subjectId: turn.subjectId, turnId: turn.id };
  const events: DomainEvent[] = [];
  if (decided.bridged !== undefined) {
    const { bridge, ms } = decided.bridged;
    events.push({ ...about, name: "modality_switched", detail: { from: bridge.from, to: bridge.to } });
    events.push({ ...about, name: "context_bridged", detail: { bridgeTime: ms } });
  }
  if (decided.tools.length > 0)
    events.push({
      ...about,
      name: "tools_executed",
      detail: { tools: decided.tools.join(","), count: decided.tools.length },
    });
  if (run.escalation !== undefined)
    events.push({ ...about, name: "escalation", detail: { priority: run.escalation.priority } });
  if (run.interrupted) events.push({ ...about, name: "reply_interrupted" });
  if (run.outcome === "failed") events.push({ ...about, name: "turn_failed", detail: { attempt: turn.attempt } });
  events.push({
    ...about,
    name: "turn_settled",
    detail: {
      outcome: run.outcome,
      ms: decided.ms,
      ...(decided.waitedMs === undefined ? {} : { waitedMs: decided.waitedMs }),
      rows: ids.length,
      modelCalls: run.usage.modelCalls,
      inputTokens: run.usage.inputTokens,
      outputTokens: run.usage.outputTokens,
    },
  });
  return {
    turnId: turn.id,
    subjectId: turn.subjectId,
    tenant: turn.tenant,
    outcome: run.outcome,
    consumed: decided.dead === true ? [] : ids,
    dead: decided.dead === true ? ids : [],
    replies: decided.replies,
    openCalls: run.openCalls,
    ...(run.escalation === undefined ? {} : { escalation: run.escalation }),
    events,
  };
}

function itemOf(row: InboxRow): Item {
  const { body } = row;
  switch (body.kind) {
    case "text":
      return {
        kind: "customer",
        channel: body.channel,
        text: body.text,
        ...(body.media.length === 0 ? {} : { media: body.media.map((media) => media.contentType) }),
      };
    case "speech":
      return { kind: "customer", channel: "voice", text: body.text };
    case "keys":
      return { kind: "customer", channel: "voice", text: body.digits, keys: true };
    case "heard":
      return { kind: "heard", turnId: body.turnId, text: body.text };
    case "delivery":
      return {
        kind: "delivery",
        turnId: body.turnId,
        outboxId: body.outboxId,
        status: body.status,
        ...(body.code === undefined ? {} : { code: body.code }),
      };
    case "tool_result":
      return { kind: "tool_result", callId: body.callId, tool: body.tool, output: body.output };
    case "told":
      return toldItem(body);
  }
}

function toldItem({ who, channel, text }: Extract<InboxRow["body"], { kind: "told" }>): Item {
  switch (who) {
    case "agent":
      return { kind: "agent", channel, text, status: "complete" };
    case "operator":
      return { kind: "operator", channel, text };
    case "platform":
      return { kind: "note", text };
  }
}
