import type { SubjectRef } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { Gathered } from "../../core/ports/life-cycle.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import type { CustomerExport, ExportedConversation } from "../../http/customer-views.ts";
import { isoTime } from "./iso-time.ts";
import { historyLine, publicName } from "./session-view.ts";

/** What exporting stands on. */
export interface ExportParts {
  readonly ledger: Pick<Ledger, "subjects" | "lifeCycle" | "events">;
  readonly store: Pick<ConversationStore, "page" | "memory">;
  readonly clock: Clock;
}

/** Gathers everything that is kept of a subject and of whoever became part of it; undefined when there is nobody. */
export async function exportCustomer(
  { ledger, store, clock }: ExportParts,
  who: SubjectRef,
  by: string,
): Promise<CustomerExport | undefined> {
  const subject = await ledger.subjects.get(who);
  if (subject === undefined) return undefined;
  const { tenant } = who;
  const { subjects, tables } = await ledger.lifeCycle.gather({ tenant, subjectId: subject.id });
  const conversations: ExportedConversation[] = [];
  for (const subjectId of [subject.id, ...subjects.filter((each) => each !== subject.id)]) {
    const items = await everyEntry(store, { tenant, subjectId });
    const memory = await store.memory({ tenant, subjectId });
    conversations.push({ subjectId, history: items.map(historyLine), items, memory });
  }
  await ledger.events.add([{ name: "customer_exported", tenant, subjectId: subject.id, detail: { by } }], clock.now());
  const records = recordsOf(tables);
  return {
    manifest: {
      format: "continuo-export/1",
      exportedAt: isoTime(clock.now()),
      customer: publicName(subject),
      alias: subject.alias,
      counts: countsOf(conversations, records),
    },
    conversations,
    records,
  };
}

const AT_ONCE = 500;

/** Every entry of a conversation, in order, read page by page. */
async function everyEntry(store: Pick<ConversationStore, "page">, who: SubjectRef): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let afterSeq = 0; ;) {
    const page = await store.page(who, { afterSeq, limit: AT_ONCE });
    entries.push(...page);
    if (page.length < AT_ONCE) return entries;
    afterSeq = page.at(-1)?.seq ?? afterSeq;
  }
}

/** What the ledger's tables are to somebody who does not know them. */
const sections: Readonly<Record<string, string>> = {
  subjects: "subject",
  inbox: "messagesReceived",
  outbox: "messagesSent",
  tool_calls: "toolCalls",
  subject_totals: "figures",
  resolutions: "lookups",
  codes: "oneTimeCodes",
  code_counts: "oneTimeCodeLimits",
};

/** Those that are about the person first; a table that has no other name here goes by its own. */
const order = ["subject", "addresses", "consent", "sessions", "calls", "messagesReceived", "messagesSent", "toolCalls"];

function recordsOf(tables: Gathered["tables"]): CustomerExport["records"] {
  const named = Object.entries(tables).map(([table, rows]) => [sections[table] ?? table, rows] as const);
  return Object.fromEntries(named.toSorted(([a], [b]) => placeOf(a) - placeOf(b)));
}

function placeOf(section: string): number {
  const place = order.indexOf(section);
  return place < 0 ? order.length : place;
}

function countsOf(
  conversations: readonly ExportedConversation[],
  records: CustomerExport["records"],
): CustomerExport["manifest"]["counts"] {
  return {
    conversations: conversations.length,
    items: sumOf(conversations, ({ items }) => items.length),
    facts: sumOf(conversations, ({ memory }) => memory.facts.length),
    entities: sumOf(conversations, ({ memory }) => memory.entities.length),
    episodes: sumOf(conversations, ({ memory }) => memory.episodes.length),
    ...Object.fromEntries(Object.entries(records).map(([section, rows]) => [section, rows.length])),
  };
}

function sumOf(conversations: readonly ExportedConversation[], count: (each: ExportedConversation) => number): number {
  return conversations.reduce((sum, each) => sum + count(each), 0);
}
