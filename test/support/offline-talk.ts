import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { agent as support } from "../../src/agent/agents/customer-support.ts";
import { demoCommerce } from "../../src/agent/commerce/demo.ts";
import type { AgentDefinition } from "../../src/agent/define-agent.ts";
import { openKnowledge } from "../../src/agent/knowledge/search.ts";
import { nothingKnown } from "../../src/agent/memory/memory-block.ts";
import { offlineModels } from "../../src/agent/models/offline.ts";
import { agentsResponder } from "../../src/agent/responder.ts";
import { branded, subjectId, tenantId, type TurnId } from "../../src/core/ids.ts";
import type { MemoryView } from "../../src/core/memory.ts";
import type { ChannelName } from "../../src/core/message.ts";
import type { Responder, ResponderEvent } from "../../src/core/ports/responder.ts";
import type { WindowItem } from "../../src/core/window.ts";
import { directGate } from "./direct-gate.ts";

const knowledge = await openKnowledge(path.resolve(import.meta.dirname, "../../knowledge"));
const now = Date.parse("2026-11-21T12:00:00Z");
function responderFor(agent: AgentDefinition): Responder {
  return agentsResponder({
    registry: {
      getDefault: () => Promise.resolve(agent),
      get: () => Promise.resolve(agent),
      list: () => [agent.name],
      defaultName: agent.name,
    },
    models: offlineModels(),
    commerce: demoCommerce(now),
    knowledge,
    clock: {
      now: () => Date.now(),
      sleep: (ms, signal) =>
        pause(ms, undefined, signal === undefined ? { ref: false } : { signal, ref: false }).catch(() => undefined),
    },
    maxTurns: 10,
    streamTimeoutMs: 5_000,
    workflowName: "test",
  });
}
const shop = responderFor(support);

/** What one turn of a talk came to. */
export interface Answered {
  readonly text: string;
  readonly tools: readonly string[];
  readonly events: readonly ResponderEvent[];
}

/** A talk with the offline model, as one subject has it over several channels. */
export interface OfflineTalk {
  readonly window: WindowItem[];
  /** Says something on a channel and gives the answer; without words, only what is in the window is answered. */
  say(text: string | undefined, channel?: ChannelName): Promise<Answered>;
  /** What happens when the caller broke in: only so many characters of the last reply were heard. */
  cut(characters: number): void;
}

/**
 * Begins a talk. The number is John Doe's unless another is given, nothing is remembered of them unless it is given, and
 * the agent is the shop's.
 */
export function offlineTalk(
  phone = "+14155550100",
  memory: MemoryView = nothingKnown,
  agent: AgentDefinition = support,
): OfflineTalk {
  const window: WindowItem[] = [];
  const responder = agent === support ? shop : responderFor(agent);
  return {
    window,
    async say(text, channel = "sms") {
      if (text !== undefined) window.push({ kind: "customer", channel, text });
      const request = {
        agent: undefined,
        tenant: tenantId("main"),
        subjectId: subjectId("sub_1"),
        turnId: branded<TurnId>("turn_1"),
        channel,
        window: [...window],
        memory,
        addresses: [phone],
        tools: directGate(),
        now,
      };
      const events: ResponderEvent[] = [];
      for await (const event of responder.respond(request, new AbortController().signal)) events.push(event);
      let reply = "";
      for (const event of events) {
        if (event.kind === "text") reply += event.delta;
        if (event.kind === "tool_call")
          window.push({ kind: "tool_call", callId: event.callId, tool: event.tool, arguments: event.arguments });
        if (event.kind === "tool_result") placeResult(window, event);
      }
      window.push({ kind: "agent", channel, text: reply, fate: "said" });
      return {
        text: reply,
        events,
        tools: events.flatMap((event) => (event.kind === "tool_call" ? [event.tool] : [])),
      };
    },
    cut(characters) {
      const last = window.pop();
      if (last?.kind === "agent") window.push({ ...last, text: last.text.slice(0, characters), fate: "cut" });
    },
  };
}

/** Puts a result right behind its call, as the window does. */
function placeResult(window: WindowItem[], result: Extract<ResponderEvent, { kind: "tool_result" }>): void {
  const at = window.findIndex((item) => item.kind === "tool_call" && item.callId === result.callId);
  window.splice(at + 1, 0, { ...result, kind: "tool_result" });
}
