import type { Entry } from "../../core/item.ts";
import type { Entity, Memory, MemoryValue } from "../../core/memory.ts";
import type { ChannelName } from "../../core/message.ts";
import type { SubjectRecord } from "../../core/ports/ledger.ts";
import type { Counts } from "../../core/ports/totals.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { HistoryLine, SessionSummary, SessionView } from "../../http/customer-views.ts";
import { isoTime } from "./iso-time.ts";
import { factView } from "./memory-report.ts";

/** Puts what is known of a subject together as one view. */
export function sessionView(known: {
  readonly subject: SubjectRecord;
  readonly session: SessionRecord | undefined;
  /** The part of the conversation that is shown. */
  readonly entries: readonly Entry[];
  /** The end of the conversation. */
  readonly latest: readonly Entry[];
  readonly memory: Memory;
  readonly counts: Counts;
  readonly now: number;
}): SessionView {
  const { subject, session, entries, latest, memory, counts, now } = known;
  const facts = memory.facts.filter(
    (fact) => fact.replacedAt === undefined && (fact.expires === undefined || fact.expires > now),
  );
  return {
    sessionId: publicName(subject),
    userId: subject.id,
    startTime: isoTime(session?.startedAt ?? subject.lastActiveAt),
    lastActivity: isoTime(subject.lastActiveAt),
    currentModality: lastChannel(latest) ?? null,
    totalMessages: messagesIn(counts),
    session: session === undefined ? null : sessionSummary(session),
    context: {
      conversationHistory: entries.map(historyLine),
      extractedEntities: entitiesNow(memory.entities),
      summary: summaryOf(memory),
      memory: facts.map(factView),
    },
  };
}

/** A session as operators see it. */
export function sessionSummary({ id, number, state, startedAt, lastActiveAt, endedAt }: SessionRecord): SessionSummary {
  return {
    id,
    number,
    state,
    startedAt: isoTime(startedAt),
    lastActiveAt: isoTime(lastActiveAt),
    endedAt: endedAt === undefined ? null : isoTime(endedAt),
  };
}

/** A subject's number in E.164, or its alias. */
export function publicName(subject: Pick<SubjectRecord, "alias" | "addressKeys">): string {
  const number = subject.addressKeys.find((key) => key.startsWith("tel:"));
  return number === undefined ? subject.alias : number.slice("tel:".length);
}

/** One entry as a line of a history. */
export function historyLine({ seq, item, at }: Entry): HistoryLine {
  const line = { seq, timestamp: isoTime(at) };
  switch (item.kind) {
    case "customer":
      return { ...line, role: "customer", content: saidIn(item), channel: item.channel };
    case "agent":
      return { ...line, role: "assistant", content: item.text, channel: item.channel };
    case "operator":
      return { ...line, role: "operator", content: item.text, channel: item.channel };
    case "tool_call":
      return { ...line, role: "tool", content: `${item.tool} ${item.arguments}` };
    case "tool_result":
      return { ...line, role: "tool", content: `${item.tool}: ${item.output}` };
    case "heard":
      return { ...line, role: "system", content: heardLine(item.text) };
    case "delivery":
      return { ...line, role: "system", content: `A reply did not arrive (${item.status}).` };
    case "note":
      return { ...line, role: "system", content: item.text };
    case "session":
      return { ...line, role: "system", content: "A new session begins." };
  }
}

function saidIn({ text, keys, media = [] }: Extract<Entry["item"], { kind: "customer" }>): string {
  const words = keys === true ? `(keys) ${text}` : text;
  return media.length === 0 ? words : `${words} [${media.join(", ")}]`.trim();
}

function heardLine(text: string): string {
  return text === ""
    ? "The caller interrupted before anything was heard."
    : `The caller heard: ${JSON.stringify(text)}`;
}

/** What the customer said and what was answered. */
function messagesIn(counts: Counts): number {
  const said = (counts.smsTexts ?? 0) + (counts.whatsappTexts ?? 0) + (counts.webTexts ?? 0) + (counts.spoken ?? 0);
  return said + (counts.answered ?? 0) + (counts.failed ?? 0);
}

/** The newest value of every name, whichever session it came from. */
function entitiesNow(entities: readonly Entity[]): Readonly<Record<string, MemoryValue>> {
  const newest = entities.filter((entity) => entity.replacedAt === undefined).toSorted((a, b) => a.at - b.at);
  return Object.fromEntries(newest.map(({ name, value }) => [name, value]));
}

function summaryOf(memory: Memory): string {
  const earlier = memory.episodes.map((episode) => episode.summary);
  return [...earlier, memory.summary?.text ?? ""].filter((text) => text !== "").join("\n");
}

function lastChannel(entries: readonly Entry[]): ChannelName | undefined {
  const last = entries.findLast(({ item }) => item.kind === "customer")?.item;
  return last?.kind === "customer" ? last.channel : undefined;
}
