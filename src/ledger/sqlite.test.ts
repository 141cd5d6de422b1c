import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callSid, newSubjectId, tenantId, type SubjectId, type SubjectRef } from "../core/ids.ts";
import { noCount } from "../core/limit.ts";
import type { Arrival } from "../core/ports/ledger.ts";
import type { SqlConnection, SqlValue } from "../core/ports/writer.ts";
import { ledgerContract } from "../testing/ledger-contract.ts";
import { openSqliteLedger } from "./sqlite.ts";
import { accept } from "./sqlite/accept.ts";
import { liveCallOf, onThePhone } from "./sqlite/call-rows.ts";
import { sqlConnection } from "./sqlite/connection.ts";
import { openDepth, openRows, owesAnAnswer, waitingSubjects } from "./sqlite/inbox.ts";
import { isBeingMerged } from "./sqlite/merge-rows.ts";
import { migrate } from "./sqlite/migrate.ts";
import { migrations } from "./sqlite/migrations.ts";
import { dueSubjects, headOf } from "./sqlite/outbox-rows.ts";
import { part } from "./sqlite/part.ts";
import { waitingSpeech } from "./sqlite/replies.ts";
import { sessionsOf } from "./sqlite/session-rows.ts";
import { recentSubjects } from "./sqlite/subjects.ts";
import { nextTimerAt } from "./sqlite/timers.ts";
import { actsUnderWay } from "./sqlite/tool-calls.ts";

let folder = "";
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "continuo-ledger-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe("sqlite ledger", () => {
  ledgerContract({ open: async () => await openSqliteLedger({ file: newFile() }) });
});

describe("sqlite ledger, beyond the contract", () => {
  test("what was accepted is there after a restart", async () => {
    const file = newFile();
    const first = await openSqliteLedger({ file });
    const { subjectId } = await first.accept(text(1));
    await first[Symbol.asyncDispose]();
    await using second = await openSqliteLedger({ file });
    expect(await second.inbox.pending(ref(subjectId))).toHaveLength(1);
    expect(await second.accept(text(1))).toMatchObject({ kind: "duplicate", subjectId });
  });

  test("a session's clock fires after a restart, once", async () => {
    const file = newFile();
    const first = await openSqliteLedger({ file });
    const { subjectId } = await first.accept(text(1));
    await first[Symbol.asyncDispose]();
    const second = await openSqliteLedger({ file });
    const idleAt = noon + 1_800_000;
    expect(await second.timers.nextAt()).toBe(idleAt);
    expect(await second.fireTimer(idleAt)).toMatchObject({ subjectId, session: { session: { state: "IDLE" } } });
    await second[Symbol.asyncDispose]();
    await using third = await openSqliteLedger({ file });
    expect(await third.fireTimer(idleAt)).toBeUndefined();
    expect(await third.timers.nextAt()).toBe(idleAt + 86_400_000);
    expect(await third.sessions.current(ref(subjectId))).toMatchObject({ state: "IDLE", number: 1 });
  });

  test.each([
    ["says something", "ACTIVE", "ACTIVE"],
    ["is waiting for a person and says something", "WAITING_AGENT", "WAITING_AGENT"],
    ["is new and says something", "NEW", "NEW"],
  ])("somebody of a version without sessions who %s goes on in a first one", async (_, before, after) => {
    const file = newFile();
    const subjectId = await oldSubject(file, before);
    await using ledger = await openSqliteLedger({ file });
    expect(await ledger.sessions.current(ref(subjectId))).toBeUndefined();
    expect(await ledger.sessions.list(ref(subjectId), 5)).toEqual([]);
    const closing = { ...ref(subjectId), cause: "closed", by: "console", now: noon } as const;
    expect(await ledger.sessions.change(closing)).toBeUndefined();
    expect(await ledger.accept(text(1))).toMatchObject({ kind: "accepted", subjectId });
    const session = await ledger.sessions.current(ref(subjectId));
    expect(session).toMatchObject({ number: 1, state: after, startedAt: noon - 9_000, lastActiveAt: noon });
    expect(await ledger.timers.nextAt()).toBe(noon + 1_800_000);
    expect((await ledger.events.after(0, 10)).map(({ name }) => name)).toEqual(["message_received"]);
    const taken = await ledger.take({ subjectId, holder: "one", leaseMs: 1_000, now: noon });
    expect(taken).toMatchObject({ kind: "turn", turn: { session: session?.id } });
    expect(await ledger.sessions.change(closing)).toMatchObject({ from: after, session: { state: "CLOSED" } });
  });

  test("what waited when the version without sessions stopped is taken in a first session", async () => {
    const file = newFile();
    const subjectId = await oldSubject(file, "ACTIVE");
    await using ledger = await openSqliteLedger({ file });
    const body = { kind: "tool_result", callId: "c", tool: "refund", output: "{}" } as const;
    await ledger.note({ ...ref(subjectId), key: "k", body, treatment: "answer", now: noon });
    const taken = await ledger.take({ subjectId, holder: "one", leaseMs: 1_000, now: noon });
    const session = await ledger.sessions.current(ref(subjectId));
    expect(session).toMatchObject({ number: 1, state: "ACTIVE" });
    expect(taken).toMatchObject({ kind: "turn", turn: { session: session?.id } });
  });

  test("a session that was cleaned away is not opened again, and its number is not given again", async () => {
    const file = newFile();
    const before = await openSqliteLedger({ file });
    const { subjectId } = await before.accept(text(1));
    const change = { ...ref(subjectId), by: "console", now: noon };
    await before.sessions.change({ ...change, cause: "closed" });
    await before[Symbol.asyncDispose]();
    const database = new DatabaseSync(file);
    database.exec(`DELETE FROM sessions; UPDATE subjects SET sessions_dropped = 1`);
    database.close();
    await using after = await openSqliteLedger({ file });
    expect(await after.sessions.current(ref(subjectId))).toBeUndefined();
    expect(await after.take({ subjectId, holder: "one", leaseMs: 1_000, now: noon })).toMatchObject({ kind: "turn" });
    expect(await after.sessions.change({ ...change, cause: "escalated" })).toMatchObject({
      session: { number: 2, state: "WAITING_AGENT" },
    });
    await after.sessions.change({ ...change, cause: "closed" });
    await after.accept(text(2));
    expect(await after.sessions.current(ref(subjectId))).toMatchObject({ number: 3, state: "NEW" });
  });

  test("what is said in a session that goes on writes no more than the words", async () => {
    const database = new DatabaseSync(newFile());
    await migrate(database, part);
    const db = sqlConnection(database);
    const written: string[] = [];
    const noting: SqlConnection = {
      ...db,
      run(sql, ...values) {
        written.push(sql.split(" ").slice(0, 3).join(" "));
        return db.run(sql, ...values);
      },
    };
    accept(noting, text(1));
    expect(written).toContain("INSERT INTO sessions");
    written.length = 0;
    accept(noting, text(2));
    expect(written.toSorted()).toEqual(["INSERT INTO events", "INSERT INTO inbox", "UPDATE subjects SET"]);
    database.close();
  });

  test("a lane of another program is seized at once, since that program is dead; the running one's is not", async () => {
    await using ledger = await openSqliteLedger({ file: newFile(), holder: "now" });
    const { subjectId } = await ledger.accept(text(1));
    const request = { subjectId, leaseMs: 10_000, now: noon };
    expect(await ledger.take({ ...request, holder: "before" })).toMatchObject({ kind: "turn", seized: false });
    expect(await ledger.take({ ...request, holder: "now" })).toMatchObject({ kind: "turn", seized: true });
    expect(await ledger.take({ ...request, holder: "other" })).toEqual({ kind: "busy", untilMs: noon + 10_000 });
  });

  test("what a dead program was sending is looked for from the moment it was sent", async () => {
    const file = newFile();
    const before = await openSqliteLedger({ file });
    const { subjectId } = await before.accept(text(1, { text: "HELP" }));
    const request = { subjectId, now: noon, ambiguousAfterMs: 1_000 };
    expect(await before.outbox.claim(request)).toMatchObject({ kind: "send" });
    await before[Symbol.asyncDispose]();
    await using after = await openSqliteLedger({ file });
    expect(await after.outbox.claim({ ...request, now: noon + 500 })).toEqual({ kind: "wait", untilMs: noon + 1_000 });
    expect(await after.outbox.of(ref(subjectId))).toMatchObject([{ state: "ambiguous", sendingAt: noon }]);
    expect(await after.outbox.claim({ ...request, now: noon + 1_000 })).toMatchObject({ kind: "look" });
  });

  test("while another program holds the write lock nothing is accepted, and afterwards everything is", async () => {
    const file = newFile();
    await using ledger = await openSqliteLedger({ file, busyMs: 20 });
    const { subjectId } = await ledger.accept(text(1));
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    const all = await Promise.allSettled([ledger.accept(text(2)), ledger.accept(text(3))]);
    expect(all).toMatchObject([
      { status: "rejected", reason: { code: "ledger_unavailable" } },
      { status: "rejected", reason: { code: "ledger_unavailable" } },
    ]);
    expect(await ledger.health()).toMatchObject({ ok: false });
    expect(await ledger.inbox.pending(ref(subjectId))).toHaveLength(1);
    other.exec("COMMIT");
    other.close();
    expect(await ledger.accept(text(2))).toMatchObject({ kind: "accepted" });
    expect(await ledger.health()).toMatchObject({ ok: true });
  });

  test("on a full disk nothing is half written, and what was there can be read", async () => {
    const file = newFile();
    await (await openSqliteLedger({ file }))[Symbol.asyncDispose]();
    await using ledger = await openSqliteLedger({ file, maxPageCount: pagesOf(file) + 24 });
    const kept = [];
    let full: unknown;
    for (let n = 1; full === undefined && n < 500; n += 1) {
      try {
        kept.push(await ledger.accept(text(n, { text: "x".repeat(3_000) })));
      } catch (error) {
        full = error;
      }
    }
    expect(full).toMatchObject({ code: "ledger_full" });
    expect(kept.length).toBeGreaterThan(0);
    expect(await ledger.inbox.depth()).toBe(kept.length);
    expect((await ledger.events.after(0, 1_000)).filter(({ name }) => name === "message_received")).toHaveLength(
      kept.length,
    );
    const [first] = kept;
    expect(await ledger.accept(text(1))).toEqual({
      kind: "duplicate",
      subjectId: first?.subjectId,
      inboxId: first?.inboxId,
    });
  });

  test("one operation that cannot be done leaves the others of its commit alone", async () => {
    await using ledger = await openSqliteLedger({ file: newFile() });
    const reads = { id: "act_1", effect: "reads" };
    const results = await Promise.allSettled([
      ledger.accept(text(1)),
      // The border that a plain-JavaScript caller would cross.
      ledger.toolCalls.claim(reads as unknown as Parameters<typeof ledger.toolCalls.claim>[0]),
      ledger.accept(text(2)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await ledger.inbox.depth()).toBe(2);
  });

  test.each([
    ["the disk fails", `throw Object.assign(new Error("disk I/O error"), { errcode: 1034 })`],
    ["the thread dies", `process.exit(3)`],
  ])("when %s everybody who waits is told, and the program is to end", async (_, code) => {
    const source = `export const part = { name: "bad", migrations: {}, operations: { die() { ${code} } } };`;
    const parts = [`data:text/javascript,${encodeURIComponent(source)}`];
    const fatal = Promise.withResolvers<unknown>();
    await using ledger = await openSqliteLedger({ file: newFile(), parts, onFatal: fatal.resolve });
    const die = ledger.writer.calls<{ die: (db: SqlConnection, args: undefined) => void }>("bad");
    const all = await Promise.allSettled([ledger.accept(text(1)), die("die", undefined)]);
    expect(all).toMatchObject([{ reason: { code: "ledger_unavailable" } }, { reason: { code: "ledger_unavailable" } }]);
    expect(await fatal.promise).toMatchObject({ code: "ledger_unavailable" });
    await expect(ledger.accept(text(2))).rejects.toMatchObject({ code: "ledger_unavailable" });
  });

  test("others may read while a server runs", async () => {
    const file = newFile();
    await using ledger = await openSqliteLedger({ file });
    await ledger.accept(text(1));
    const reader = new DatabaseSync(file, { readOnly: true });
    expect(reader.prepare("SELECT count(*) AS rows FROM inbox").get()).toMatchObject({ rows: 1 });
    reader.close();
  });

  test("a database of a newer program is refused with what to do", async () => {
    const file = newFile();
    await (await openSqliteLedger({ file }))[Symbol.asyncDispose]();
    const database = new DatabaseSync(file);
    database.exec("INSERT INTO ledger_migration (name, timestamp) VALUES ('9999_future', '2099-01-01')");
    database.close();
    await expect(openSqliteLedger({ file })).rejects.toMatchObject({
      code: "ledger_unavailable",
      message: expect.stringContaining("9999_future"),
    });
  });

  test("a step of the schema that fails leaves nothing behind, and runs whole the next time", async () => {
    const file = newFile();
    const half = [`CREATE TABLE half (n INTEGER)`, `INSERT INTO nowhere VALUES (1)`];
    await expect(openSqliteLedger({ file, parts: [partOf(half)] })).rejects.toThrow("nowhere");
    const whole = [`CREATE TABLE half (n INTEGER)`, `INSERT INTO half VALUES (1)`];
    await using ledger = await openSqliteLedger({ file, parts: [partOf(whole)] });
    expect(ledger.read.all(`SELECT n FROM half`)).toEqual([{ n: 1 }]);
  });

  test("a file that is no database is refused", async () => {
    const file = newFile();
    await writeFile(file, "this is not a database at all, whatever its name says; it goes on for a while".repeat(20));
    await expect(openSqliteLedger({ file })).rejects.toMatchObject({ code: "ledger_unavailable" });
  });

  test("a folder that is not there is an error that says so", async () => {
    await expect(openSqliteLedger({ file: join(folder, "nowhere", "x.db") })).rejects.toMatchObject({
      code: "ledger_unavailable",
    });
  });

  test("a closed ledger refuses, and what was asked before is done", async () => {
    const file = newFile();
    const ledger = await openSqliteLedger({ file });
    const accepting = ledger.accept(text(1));
    await ledger[Symbol.asyncDispose]();
    expect(await accepting).toMatchObject({ kind: "accepted" });
    await expect(ledger.accept(text(2))).rejects.toMatchObject({ code: "ledger_unavailable" });
    await expect(ledger.calls.get(callSid("CA1"))).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(await ledger.health()).toMatchObject({ ok: false });
  });

  test("what runs all the time reads only what is open", async () => {
    await using ledger = await openSqliteLedger({ file: newFile() });
    const { subjectId } = await ledger.accept(text(1));
    const [explained, plans] = explaining(ledger.read);
    openRows(explained, subjectId);
    waitingSubjects(explained, { holder: "one", now: noon, limit: 10 });
    openDepth(explained);
    headOf(explained, subjectId);
    dueSubjects(explained, { now: noon, limit: 10 });
    waitingSpeech(explained, callSid("CA1"));
    liveCallOf(explained, { subjectId, holder: "one" });
    onThePhone(explained, subjectId, noon);
    owesAnAnswer(explained, subjectId);
    actsUnderWay(explained, subjectId);
    sessionsOf(explained, ref(subjectId), 5);
    nextTimerAt(explained);
    isBeingMerged(explained, subjectId);
    recentSubjects(explained, tenant, 5);
    const own =
      "inbox_open|inbox_ready|lanes_bound|outbox_open|outbox_due|outbox_speech|calls_open|timers_due|subjects_active|merges_unfinished|tool_calls_running|sessions_subject";
    const small = new RegExp(
      `INDEX (?:${own})|(?:subjects|lanes|addresses) USING (?:PRIMARY KEY|COVERING INDEX addresses_subject)`,
      "u",
    );
    expect(plans.length).toBeGreaterThan(9);
    for (const plan of plans) expect(plan).toMatch(small);
  });
});

/** A database as the version without sessions left it, with one subject in it. */
async function oldSubject(file: string, session: string): Promise<SubjectId> {
  const database = new DatabaseSync(file);
  const steps = Object.entries(migrations).filter(([name]) => name < "0003");
  await migrate(database, { name: "ledger", operations: {}, migrations: Object.fromEntries(steps) });
  const id = newSubjectId(noon);
  database
    .prepare(
      `INSERT INTO subjects (id, tenant, alias, created_at, last_active_at, active_minute, session, owner, rate)
       VALUES (?, ?, 'phone_14155550123', ?, ?, 0, ?, 'agent', ?)`,
    )
    .run(id, tenant, noon - 9_000, noon - 5_000, session, JSON.stringify(noCount));
  database.prepare(`INSERT INTO addresses VALUES (?, 'tel:+14155550123', ?)`).run(tenant, id);
  database.close();
  return id;
}

/** A part of the database with one step. */
function partOf(statements: readonly string[]): string {
  const source = `export const part = { name: "step", operations: {}, migrations: { "0001": ${JSON.stringify(statements)} } };`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** A connection that notes how each of its statements is carried out. */
function explaining(db: SqlConnection): readonly [SqlConnection, string[]] {
  const plans: string[] = [];
  function explain(sql: string): void {
    const steps = db.all<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
    plans.push(steps[0]?.detail ?? "");
  }
  return [
    {
      get<Row>(sql: string, ...values: readonly SqlValue[]) {
        explain(sql);
        return db.get<Row>(sql, ...values);
      },
      all<Row>(sql: string, ...values: readonly SqlValue[]) {
        explain(sql);
        return db.all<Row>(sql, ...values);
      },
      run: (sql, ...values) => db.run(sql, ...values),
    },
    plans,
  ];
}

const noon = 1_790_000_000_000;
const tenant = tenantId("acme");

function ref(subjectId: SubjectId): SubjectRef {
  return { tenant, subjectId };
}

function newFile(): string {
  files += 1;
  return join(folder, `${files}.db`);
}

function pagesOf(file: string): number {
  const database = new DatabaseSync(file);
  const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
  database.close();
  return pages;
}

function text(n: number, body: Partial<Arrival["body"]> = {}): Arrival {
  const number = "+14155550123";
  const providerId = `SM${n}`;
  return {
    tenant,
    addressKey: `tel:${number}`,
    alias: "phone_14155550123",
    providerId,
    body: {
      kind: "text",
      channel: "sms",
      from: number,
      to: "+14155550000",
      text: "Hello",
      media: [],
      providerId,
      ...body,
    },
    limits: { perMinute: 0, perDay: 0 },
    limitNotice: "One moment, please.",
    helpNotice: "Write to us",
    surveyNotice: "Thank you.",
    answerable: true,
    session: { idleMs: 1_800_000, closeMs: 86_400_000 },
    now: noon,
  };
}
