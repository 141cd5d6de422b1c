import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  branded,
  newFactId,
  newMergeId,
  newOutboxId,
  tenantId,
  type CallSid,
  type MergeId,
  type OutboxId,
  type SessionId,
  type SubjectId,
  type SubjectRef,
  type TurnId,
} from "../../src/core/ids.ts";
import { emptyMemory } from "../../src/core/memory.ts";
import type { ConversationStore } from "../../src/core/ports/store.ts";
import { openSqliteLedger, type SqliteLedger } from "../../src/ledger/sqlite.ts";
import { openMemoryStore } from "../../src/stores/memory.ts";
import { openSqliteStore, sqliteStorePart } from "../../src/stores/sqlite.ts";
import {
  answered,
  newCustomer,
  noon,
  ref,
  rings,
  says,
  tenant,
  text,
  type Customer,
} from "../../src/testing/ledger/stage.ts";

/** The other business, which asks for what is not its own. */
export const other = tenantId("other");
/** A word that stands in everything of the first business's customers, and nowhere else. */
export const planted = "PLANTED";

/** Two businesses in one installation, with a customer of both: the same number is a subject of each. */
export interface TwoTenants extends AsyncDisposable {
  readonly ledger: SqliteLedger;
  readonly store: ConversationStore;
  readonly customer: Customer;
  /** The customer as the first business knows them. */
  readonly known: SubjectRef;
  /** The same subject as the other business would ask for it. */
  readonly stranger: SubjectRef;
  /** The customer as the other business knows them. */
  readonly theirs: SubjectRef;
  /** Somebody whom only the first business knows, and who opted out there. */
  readonly secret: { readonly customer: Customer; readonly subjectId: SubjectId };
  /** A subject that became part of the customer's, and by which merge. */
  readonly merged: { readonly subjectId: SubjectId; readonly mergeId: MergeId };
  readonly turnId: TurnId;
  readonly sessionId: SessionId;
  readonly call: CallSid;
  readonly outboxIds: readonly OutboxId[];
  /** Every row of the database that names one of the first business's customers, and what it reads of them in the store. */
  kept(): Promise<readonly string[]>;
}

/** Opens a database, with the store in it or in memory, and lets a little happen in both businesses. */
export async function twoTenants(place: "sqlite" | "memory"): Promise<TwoTenants> {
  const folder = await mkdtemp(path.join(tmpdir(), "continuo-tenants-"));
  const file = path.join(folder, "continuo.db");
  const ledger = await openSqliteLedger({ file, parts: [sqliteStorePart] });
  const store = place === "memory" ? openMemoryStore() : openSqliteStore(ledger);
  const customer = newCustomer();

  const { subjectId, turn, settlement, ids } = await answered(ledger, customer, `${planted} reply`);
  const known = ref(subjectId);
  await store.append({
    ...known,
    turnId: turn.id,
    session: turn.session,
    fence: 1,
    expectedSeq: 0,
    at: noon,
    items: [{ kind: "customer", channel: "sms", text: `${planted} words` }],
    settlement,
  });
  await store.remember(known, {
    ...emptyMemory,
    summary: { session: turn.session, text: `${planted} summary`, at: noon },
    facts: [
      {
        id: newFactId(noon),
        type: "fact",
        about: "plan",
        content: `${planted} fact`,
        confidence: 1,
        source: { kind: "person", by: "desk" },
        at: noon,
      },
    ],
  });
  await ledger.owner.change({ ...known, from: "agent", to: "operator", now: noon });
  await ledger.resolutions.keep({
    ...known,
    addressKey: customer.addressKey,
    resolver: "crm",
    answer: { kind: "found", foundKey: `ext:crm:${planted}` },
    nextAt: noon + 1_000,
    now: noon,
  });
  await ledger.codes.issue({
    tenant,
    key: `web:visitor/${customer.addressKey}`,
    counted: [],
    most: 5,
    windowMs: 1_000,
    codeHash: "a".repeat(64),
    expiresAt: noon + 600_000,
    text: {
      id: newOutboxId(noon),
      subjectId,
      channel: "sms",
      to: customer.number,
      from: "+14155550000",
      addressKey: customer.addressKey,
      body: `${planted} code`,
    },
    now: noon,
  });
  await ledger.totals.add({
    after: 0,
    through: 1,
    subjects: [{ subjectId, counts: { turns: 7 } }],
    days: [{ tenant, day: "2026-11-21", counts: { turns: 7 } }],
  });
  const merged = await somebodyMerged(ledger, subjectId);
  const { callSid: call } = await rings(ledger, customer);
  const session = await ledger.sessions.current(known);
  await says(ledger, customer, `${planted} pending`);

  const secret = newCustomer();
  await ledger.accept(text(secret, `${planted} hello`));
  const { subjectId: secretId } = await ledger.accept(text(secret, "STOP"));

  const there = await ledger.accept(text(customer, "Good day", { tenant: other }));
  return {
    ledger,
    store,
    customer,
    known,
    stranger: { tenant: other, subjectId },
    theirs: { tenant: other, subjectId: there.subjectId },
    secret: { customer: secret, subjectId: secretId },
    merged,
    turnId: turn.id,
    sessionId: session?.id ?? branded<SessionId>("none"),
    call,
    outboxIds: ids,
    async kept() {
      const loaded = await store.load(known, { turns: 20, unfolded: 20 });
      const decided = await store.settlementOf(known, turn.id);
      const rows = rowsThat(file, [planted, subjectId, secretId, merged.subjectId]);
      return [...rows, JSON.stringify(loaded), JSON.stringify(decided)];
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await ledger[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

async function somebodyMerged(
  ledger: SqliteLedger,
  into: SubjectId,
): Promise<{ readonly subjectId: SubjectId; readonly mergeId: MergeId }> {
  const { subjectId } = await answered(ledger, newCustomer(), `${planted} reply to somebody`);
  const mergeId = newMergeId(noon);
  const outcome = await ledger.merges.merge({
    tenant,
    mergeId,
    into,
    from: subjectId,
    reason: `${planted} reason`,
    by: "test",
    now: noon,
  });
  if (outcome.kind !== "merged") throw new Error(`the two were not merged: ${outcome.why}`);
  await ledger.merges.finish(mergeId);
  return { subjectId, mergeId };
}

/** Every row of a database in which one of some words stands, with its table, in order. */
export function rowsThat(file: string, words: readonly string[]): readonly string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`).all();
    return tables
      .flatMap(({ name }) => {
        const rows = database.prepare(`SELECT * FROM "${String(name)}"`).all();
        return rows.map((row) => `${String(name)} ${JSON.stringify(row)}`);
      })
      .filter((row) => words.some((word) => row.includes(word)))
      .toSorted();
  } finally {
    database.close();
  }
}
