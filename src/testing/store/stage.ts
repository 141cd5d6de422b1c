import {
  newMergeId,
  newSessionId,
  newTurnId,
  tenantId,
  type SessionId,
  type SubjectId,
  type SubjectRef,
  type TurnId,
} from "../../core/ids.ts";
import type { Item } from "../../core/item.ts";
import { emptyMemory, type Memory } from "../../core/memory.ts";
import type { ConversationStore, LoadedConversation, StoreMerge, TurnAppend } from "../../core/ports/store.ts";
import type { Settlement } from "../../core/turn-record.ts";

/** Where the tests of one contract play: one store for all of them. */
export interface StoreStage {
  readonly store: () => ConversationStore;
  /** Registers a test, unless the adapter declared it as a gap. */
  readonly test: (sentence: string, run: () => Promise<void>) => void;
}

/** The moment at which everything is said, in milliseconds since 1970. */
export const noon = 1_790_000_000_000;
/** The business that the tests play in, and another one. */
export const [tenant, otherTenant] = [tenantId("acme"), tenantId("other")] as const;
/** The session of every turn that names no other. */
export const session: SessionId = newSessionId(noon);

/** A subject of the business. */
export function ref(subjectId: SubjectId): SubjectRef {
  return { tenant, subjectId };
}

/** A turn's addition: the customer says hello, under fence 1, in a new conversation; but for what is given. */
export function turn(change: Partial<TurnAppend> & { readonly subjectId: SubjectId }): TurnAppend {
  const { subjectId, turnId = newTurnId(noon) } = change;
  return {
    tenant,
    turnId,
    session,
    fence: 1,
    expectedSeq: 0,
    at: noon,
    items: [customer("Hello")],
    settlement: settlement(subjectId, turnId),
    ...change,
  };
}

/** Adds turns to a conversation, one after another; their ids. */
export async function talk(
  store: ConversationStore,
  subjectId: SubjectId,
  turns: readonly (readonly Item[])[],
): Promise<readonly TurnId[]> {
  const ids: TurnId[] = [];
  let { seq: expectedSeq } = await store.load(ref(subjectId), { turns: 0 });
  for (const items of turns) {
    const record = turn({ subjectId, items, expectedSeq });
    await store.append(record);
    ids.push(record.turnId);
    expectedSeq += items.length;
  }
  return ids;
}

/** What the customer says, by text. */
export function customer(text: string): Item {
  return { kind: "customer", channel: "sms", text };
}

/** What the agent says, by text. */
export function agent(text: string): Item {
  return { kind: "agent", channel: "sms", text, status: "complete" };
}

/** The words of what was loaded, in order. */
export function words({ entries }: Pick<LoadedConversation, "entries">): readonly string[] {
  return entries.map(({ item }) => (item.kind === "customer" || item.kind === "agent" ? item.text : item.kind));
}

/** A memory as it is before anything was kept, but for what is given. */
export function memory(change: Partial<Memory> = {}): Memory {
  return { ...emptyMemory, ...change };
}

/** A merge of two conversations as they are now. */
export async function mergeOf(
  store: ConversationStore,
  { into, from }: { readonly into: SubjectId; readonly from: SubjectId },
  order: StoreMerge["order"],
): Promise<StoreMerge> {
  const read = { into: await store.load(ref(into), { turns: 0 }), from: await store.load(ref(from), { turns: 0 }) };
  return {
    tenant,
    mergeId: newMergeId(noon),
    into,
    from,
    seqs: { into: read.into.seq, from: read.from.seq },
    versions: { into: read.into.memory.version, from: read.from.memory.version },
    order,
    memory: memory(),
  };
}

/** What is loaded of a conversation that is not there. */
export const nothing: LoadedConversation = {
  entries: [],
  seq: 0,
  fence: 0,
  turns: 0,
  session: undefined,
  memory: emptyMemory,
};

function settlement(subjectId: SubjectId, turnId: TurnId): Settlement {
  return {
    turnId,
    subjectId,
    tenant,
    outcome: "replied",
    consumed: [],
    dead: [],
    replies: [],
    openCalls: ["c1"],
    escalation: { priority: "low", reason: "asked", summary: "x" },
    events: [{ name: "turn_settled", tenant, subjectId, turnId, detail: { ms: 3, ok: true } }],
  };
}
