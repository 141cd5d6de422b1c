import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newMergeId, newSubjectId, newTurnId, tenantId, type SubjectRef } from "../core/ids.ts";
import type { SqlConnection, SqlValue } from "../core/ports/writer.ts";
import { openSqliteLedger, type SqliteLedger } from "../ledger/sqlite.ts";
import { newCustomer, text } from "../testing/ledger/stage.ts";
import { storeContract } from "../testing/store-contract.ts";
import { agent, customer, memory, noon, ref, talk, tenant, turn, words } from "../testing/store/stage.ts";
import { openSqliteStore, sqliteStorePart } from "./sqlite.ts";
import { part } from "./sqlite/part.ts";

let folder = "";
let database: SqliteLedger | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "continuo-store-"));
});

afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function opened(name: string): Promise<SqliteLedger> {
  return await openSqliteLedger({ file: join(folder, name), parts: [sqliteStorePart], busyMs: 20 });
}

describe("sqlite store", () => {
  storeContract({
    async open() {
      database = await opened("contract.db");
      return openSqliteStore(database);
    },
  });
});

describe("sqlite store, beyond the contract", () => {
  test("an entry that cannot be read is told apart from a database that is away", async () => {
    await using ledger = await opened("corrupt.db");
    const store = openSqliteStore(ledger);
    const record = turn({ subjectId: newSubjectId(noon) });
    await store.append(record);
    const other = new DatabaseSync(join(folder, "corrupt.db"));
    other.exec(`UPDATE store_entries SET item = '{"kind":'`);
    await expect(store.load(record, { turns: 20 })).rejects.toMatchObject({ code: "store_corrupt" });
    other.exec("BEGIN IMMEDIATE");
    await expect(store.append(turn({ subjectId: newSubjectId(noon) }))).rejects.toMatchObject({
      code: "store_unavailable",
    });
    other.exec("ROLLBACK");
    other.close();
    expect(await store.append(turn({ subjectId: newSubjectId(noon) }))).toMatchObject({ kind: "appended" });
  });

  test("a memory that cannot be read is told apart from a database that is away", async () => {
    await using ledger = await opened("corrupt-memory.db");
    const store = openSqliteStore(ledger);
    const who = ref(newSubjectId(noon));
    await store.remember(who, memory());
    const other = new DatabaseSync(join(folder, "corrupt-memory.db"));
    other.exec(`UPDATE store_memory SET body = '{"version":'`);
    await expect(store.memory(who)).rejects.toMatchObject({ code: "store_corrupt" });
    await expect(store.load(who, { turns: 1 })).rejects.toMatchObject({ code: "store_corrupt" });
    expect(await store.memory(ref(newSubjectId(noon)))).toEqual(memory());
    other.exec("BEGIN IMMEDIATE");
    await expect(store.remember(who, memory({ version: 1 }))).rejects.toMatchObject({ code: "store_unavailable" });
    other.exec("ROLLBACK");
    other.close();
    expect(await store.remember(who, memory({ version: 1 }))).toEqual({ kind: "kept", version: 2 });
  });

  test("a conversation of an older database is the tenant's whose subject it is", async () => {
    const before = await opened("older.db");
    const known = ref((await before.accept(text(newCustomer(), "Hello"))).subjectId);
    const unknown = ref(newSubjectId(noon));
    await before[Symbol.asyncDispose]();
    asBeforeTenants("older.db", [known, unknown]);
    await using after = await opened("older.db");
    const store = openSqliteStore(after);
    const byDefault = tenantId("default");
    expect(await store.load(known, { turns: 20 })).toMatchObject({ seq: 1, fence: 1, turns: 1, entries: [{ seq: 1 }] });
    expect(await store.load({ ...known, tenant: byDefault }, { turns: 20 })).toMatchObject({ seq: 0 });
    expect(await store.load(unknown, { turns: 20 })).toMatchObject({ seq: 0 });
    const theirs = { ...unknown, tenant: byDefault };
    expect(await store.load(theirs, { turns: 20 })).toMatchObject({
      seq: 1,
      fence: 1,
      turns: 1,
      entries: [{ seq: 1 }],
    });
    expect(await store.append(turn({ ...known, expectedSeq: 1 }))).toEqual({ kind: "appended", seq: 2 });
  });

  test("what is known and what was merged outlive the process", async () => {
    const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
    const mergeId = newMergeId(noon);
    const known = memory({ topics: { orders: 1 }, foldedThrough: 1 });
    const before = await opened("kept.db");
    const first = openSqliteStore(before);
    for (const subjectId of [a, b]) await talk(first, subjectId, [[customer(subjectId)]]);
    const [seqs, versions] = [
      { into: 1, from: 1 },
      { into: 0, from: 0 },
    ];
    await first.merge({ tenant, mergeId, into: a, from: b, seqs, versions, order: ["from", "into"], memory: known });
    await before[Symbol.asyncDispose]();
    await using after = await opened("kept.db");
    const second = openSqliteStore(after);
    expect(words(await second.load(ref(a), { turns: 9 }))).toEqual([b, a]);
    expect(await second.memory(ref(a))).toEqual({ ...known, version: 1 });
    await second.split({ tenant, mergeId, into: a, memory: known });
    expect(words(await second.load(ref(a), { turns: 9 }))).toEqual([a]);
  });

  test("nothing of what was trimmed or forgotten stays in any table", async () => {
    await using ledger = await opened("forgotten.db");
    const store = openSqliteStore(ledger);
    const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
    for (const subjectId of [a, b]) await talk(store, subjectId, [[customer("Hello")]]);
    const [seqs, versions] = [
      { into: 1, from: 1 },
      { into: 0, from: 0 },
    ];
    const merge = { tenant, mergeId: newMergeId(noon), into: a, from: b, seqs, versions, memory: memory() };
    await store.merge({ ...merge, order: ["into", "from"] });
    expect(rowsIn(ledger)).toEqual([2, 3, 3, 3, 1, 1]);
    await store.trim(ref(a), { throughSeq: 1 });
    expect(rowsIn(ledger)).toEqual([2, 2, 2, 2, 1, 1]);
    await store.forget(ref(b));
    expect(rowsIn(ledger)).toEqual([1, 1, 1, 1, 1, 0]);
    await store.forget(ref(a));
    expect(rowsIn(ledger)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("every read finds its rows by a key, and a window costs the same after many turns", async () => {
    await using ledger = await opened("plans.db");
    const asked: string[] = [];
    const store = openSqliteStore({ writer: ledger.writer, read: noting(ledger.read, asked) });
    const who = ref(newSubjectId(noon));
    const counts: number[] = [];
    for (const more of [30, 300]) {
      const turnIds = await talk(
        store,
        who.subjectId,
        Array.from({ length: more }, () => [customer("1"), agent("a")]),
      );
      await store.remember(who, memory({ ...(await store.memory(who)), foldedThrough: more / 2 }));
      asked.length = 0;
      expect((await store.load(who, { turns: 9, unfolded: 9 })).entries).toHaveLength(36);
      counts.push(asked.length);
      await store.page(who, { limit: 9 });
      await store.page(who, { limit: 9, afterSeq: 9 });
      await store.settlementOf(who, turnIds[0] ?? newTurnId(noon));
    }
    await store.memory(who);
    expect(counts).toEqual([6, 6]);
    const plans = [...new Set(asked)].filter((sql) => sql.startsWith("SELECT")).flatMap((sql) => planOf(ledger, sql));
    expect(plans.length).toBeGreaterThan(6);
    expect(
      plans.filter((step) => !/^SEARCH \w+ USING (?:PRIMARY KEY|INDEX sqlite_autoindex_\w+) /u.test(step)),
    ).toEqual([]);
  });
});

/** Puts a database back to the store's first schema, with one entry in each conversation. */
function asBeforeTenants(name: string, subjects: readonly SubjectRef[]): void {
  const older = new DatabaseSync(join(folder, name));
  for (const table of tables) older.exec(`DROP TABLE ${table}`);
  for (const statement of part.migrations["0001_conversations"]) older.exec(statement);
  older.exec(`DELETE FROM store_migration WHERE name > '0001_conversations'`);
  for (const { subjectId } of subjects) {
    older.prepare(`INSERT INTO store_conversations VALUES (?, 1, 1, 1)`).run(subjectId);
    older.prepare(`INSERT INTO store_starts VALUES (?, 1, 1)`).run(subjectId);
    const entry = older.prepare(`INSERT INTO store_entries VALUES (?, 1, 'turn_1', 1, ?)`);
    entry.run(subjectId, JSON.stringify(customer("Hello")));
  }
  older.close();
}

const tables = [
  "store_conversations",
  "store_entries",
  "store_turns",
  "store_starts",
  "store_memory",
  "store_merges",
] as const;

function rowsIn(ledger: SqliteLedger): readonly number[] {
  return tables.map((table) => ledger.read.all(`SELECT 1 FROM ${table}`).length);
}

/** A connection that notes what it was asked. */
function noting(read: SqlConnection, asked: string[]): SqlConnection {
  return {
    get<Row>(sql: string, ...values: readonly SqlValue[]) {
      asked.push(sql);
      return read.get<Row>(sql, ...values);
    },
    all<Row>(sql: string, ...values: readonly SqlValue[]) {
      asked.push(sql);
      return read.all<Row>(sql, ...values);
    },
    run(sql, ...values) {
      asked.push(sql);
      return read.run(sql, ...values);
    },
  };
}

function planOf(ledger: SqliteLedger, sql: string): readonly string[] {
  return ledger.read.all<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => detail);
}
