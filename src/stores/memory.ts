import { ContinuoError } from "../core/errors.ts";
import type { MergeId, SubjectId, SubjectRef, TenantId } from "../core/ids.ts";
import { LAST_FENCE } from "../core/last-fence.ts";
import { emptyMemory } from "../core/memory.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import { coveredThrough } from "./coverage.ts";
import { append, endOf, entriesBetween, trim, type Conversation } from "./memory/conversation.ts";
import { isAsRead, merge, split, type Merged } from "./memory/merge.ts";
import { refuseItself } from "./merged-places.ts";

/** A conversation store that forgets everything with its process: for tests and for trying things out. */
export function openMemoryStore(): ConversationStore {
  const conversations = new Map<SubjectId, Conversation>();
  const merges = new Map<MergeId, Merged>();

  function found(who: SubjectRef): Conversation | undefined {
    const known = conversations.get(who.subjectId);
    return known?.tenant === who.tenant ? known : undefined;
  }

  /** For writing: kept once something was written. Another tenant's throws `not_found`. */
  function foundOrNew({ tenant, subjectId }: SubjectRef): Conversation {
    const known = conversations.get(subjectId) ?? newConversation(tenant);
    if (known.tenant !== tenant) throw new ContinuoError("not_found", "the tenant has no such conversation");
    return known;
  }

  return {
    async load(who, options) {
      return endOf(found(who) ?? newConversation(who.tenant), options);
    },
    async settlementOf(who, turnId) {
      return found(who)?.settlements.get(turnId)?.settlement;
    },
    async raiseFence(who, fence) {
      const conversation = foundOrNew(who);
      conversation.fence = Math.max(conversation.fence, fence);
      conversations.set(who.subjectId, conversation);
    },
    async append(record) {
      const conversation = foundOrNew(record);
      const appended = append(conversation, record);
      if (appended.kind === "appended") conversations.set(record.subjectId, conversation);
      return appended;
    },
    async page(who, { beforeSeq = Infinity, afterSeq, limit }) {
      const conversation = found(who) ?? newConversation(who.tenant);
      const end = Math.min(conversation.seq, beforeSeq - 1);
      if (afterSeq === undefined) return entriesBetween(conversation, end - limit + 1, end);
      return entriesBetween(conversation, afterSeq + 1, end).slice(0, Math.max(0, limit));
    },
    async memory(who) {
      return found(who)?.memory ?? emptyMemory;
    },
    async remember(who, memory) {
      const conversation = foundOrNew(who);
      const { version } = conversation.memory;
      if (conversation.fence === LAST_FENCE) return { kind: "stale" };
      if (version !== memory.version || coveredThrough(memory) > conversation.seq) return { kind: "stale" };
      conversation.memory = { ...memory, version: version + 1 };
      conversations.set(who.subjectId, conversation);
      return { kind: "kept", version: version + 1 };
    },
    async trim(who, { throughSeq }) {
      const conversation = found(who);
      return conversation === undefined ? 0 : trim(conversation, throughSeq);
    },
    async merge(request) {
      refuseItself(request);
      const { tenant, mergeId } = request;
      const into = foundOrNew({ tenant, subjectId: request.into });
      const from = foundOrNew({ tenant, subjectId: request.from });
      if (merges.has(mergeId)) return { kind: "merged" };
      if (!isAsRead(request, { into, from })) return { kind: "stale" };
      merges.set(mergeId, merge(request, { into, from }));
      conversations.set(request.into, into);
      return { kind: "merged" };
    },
    async split({ tenant, mergeId, into, memory }) {
      const conversation = foundOrNew({ tenant, subjectId: into });
      const merged = merges.get(mergeId);
      if (merged?.into !== into) return;
      const from = found({ tenant, subjectId: merged.from });
      split(conversation, { mergeId, merged, from }, memory);
      merges.delete(mergeId);
    },
    async forget(who) {
      const conversation = found(who);
      if (conversation === undefined) return undefined;
      conversations.delete(who.subjectId);
      for (const [id, { into, from }] of merges)
        if (into === who.subjectId || from === who.subjectId) merges.delete(id);
      return { entries: conversation.entries.length };
    },
    async [Symbol.asyncDispose]() {
      conversations.clear();
      merges.clear();
    },
  };
}

function newConversation(tenant: TenantId): Conversation {
  return {
    tenant,
    fence: 0,
    seq: 0,
    turns: 0,
    session: undefined,
    memory: emptyMemory,
    entries: [],
    starts: [],
    settlements: new Map(),
  };
}
