import type { SubjectId, TurnId } from "../core/ids.ts";
import type { Entry } from "../core/item.ts";
import type { Appended, ConversationStore, LoadedConversation, TurnAppend } from "../core/ports/store.ts";
import type { Settlement } from "../core/turn-record.ts";

interface Conversation {
  fence: number;
  readonly entries: Entry[];
  /** Place of the first entry of each turn with the customer's words. */
  readonly turnStarts: number[];
  readonly settlements: Map<TurnId, Settlement>;
}

/** A conversation store that forgets everything with its process: for tests and for trying things out. */
export function openMemoryStore(): ConversationStore {
  const conversations = new Map<SubjectId, Conversation>();

  function conversationOf(subjectId: SubjectId): Conversation {
    const known = conversations.get(subjectId);
    if (known !== undefined) return known;
    const made: Conversation = { fence: 0, entries: [], turnStarts: [], settlements: new Map() };
    conversations.set(subjectId, made);
    return made;
  }

  return {
    async load(subjectId, { turns }): Promise<LoadedConversation> {
      const conversation = conversations.get(subjectId);
      if (conversation === undefined) return { entries: [], seq: 0, fence: 0, turns: 0 };
      const { entries, fence, turnStarts } = conversation;
      const first = turnStarts.length < turns ? 1 : (turnStarts.at(-Math.max(1, turns)) ?? 1);
      return { entries: entries.slice(first - 1), seq: entries.length, fence, turns: turnStarts.length };
    },
    async settlementOf(subjectId, turnId) {
      return conversations.get(subjectId)?.settlements.get(turnId);
    },
    async raiseFence(subjectId, fence) {
      const conversation = conversationOf(subjectId);
      conversation.fence = Math.max(conversation.fence, fence);
    },
    async append(record): Promise<Appended> {
      return appendTo(conversationOf(record.subjectId), record);
    },
    async page(subjectId, { beforeSeq, limit }) {
      const entries = conversations.get(subjectId)?.entries ?? [];
      const end = beforeSeq === undefined ? entries.length : Math.min(entries.length, beforeSeq - 1);
      return entries.slice(Math.max(0, end - limit), Math.max(0, end));
    },
    async forget(subjectId) {
      return conversations.delete(subjectId);
    },
    async [Symbol.asyncDispose]() {
      conversations.clear();
    },
  };
}

function appendTo(conversation: Conversation, record: TurnAppend): Appended {
  const settlement = conversation.settlements.get(record.turnId);
  if (settlement !== undefined) return { kind: "repeated", settlement };
  if (record.fence < conversation.fence) return { kind: "fenced", fence: conversation.fence };
  const before = conversation.entries.length;
  if (record.expectedSeq !== before) return { kind: "stale", seq: before };
  conversation.fence = record.fence;
  conversation.settlements.set(record.turnId, record.settlement);
  for (const item of record.items) {
    const { turnId, at } = record;
    conversation.entries.push({ seq: conversation.entries.length + 1, turnId, at, item });
  }
  if (record.items.some((item) => item.kind === "customer")) conversation.turnStarts.push(before + 1);
  return { kind: "appended", seq: conversation.entries.length };
}
