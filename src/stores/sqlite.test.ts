import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newSubjectId, newTurnId, tenantId } from "../core/ids.ts";
import type { TurnAppend } from "../core/ports/store.ts";
import { openSqliteLedger, type SqliteLedger } from "../ledger/sqlite.ts";
import { storeContract } from "../testing/store-contract.ts";
import { openSqliteStore, sqliteStorePart } from "./sqlite.ts";

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
    const record = turn();
    await store.append(record);
    const other = new DatabaseSync(join(folder, "corrupt.db"));
    other.exec(`UPDATE store_entries SET item = '{"kind":'`);
    await expect(store.load(record.subjectId, { turns: 20 })).rejects.toMatchObject({ code: "store_corrupt" });
    other.exec("BEGIN IMMEDIATE");
    await expect(store.append(turn())).rejects.toMatchObject({ code: "store_unavailable" });
    other.exec("ROLLBACK");
    other.close();
    expect(await store.append(turn())).toMatchObject({ kind: "appended" });
  });

  test("a window costs the same after many turns", async () => {
    await using ledger = await opened("window.db");
    const plan = ledger.read.all<{ readonly detail: string }>(
      `EXPLAIN QUERY PLAN SELECT item FROM store_entries WHERE subject_id = ? AND seq BETWEEN ? AND ? ORDER BY seq`,
    );
    expect(plan.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^SEARCH store_entries USING PRIMARY KEY .*seq>\? AND seq<\?/u),
    ]);
  });
});

function turn(): TurnAppend {
  const subjectId = newSubjectId(1);
  const turnId = newTurnId(1);
  const tenant = tenantId("acme");
  return {
    subjectId,
    turnId,
    fence: 1,
    expectedSeq: 0,
    at: 1,
    items: [{ kind: "customer", channel: "sms", text: "Hello" }],
    settlement: {
      turnId,
      subjectId,
      tenant,
      outcome: "replied",
      consumed: [],
      dead: [],
      replies: [],
      openCalls: [],
      events: [],
    },
  };
}
