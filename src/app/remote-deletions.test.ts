import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startConversationsServer, type ConversationsServer } from "../../test/support/conversations-server.ts";
import { openaiModels } from "../agent/models/openai.ts";
import { tenantId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Ledger } from "../core/ports/ledger.ts";
import { nextDeletionMs } from "../core/remote-deletion.ts";
import { openSqliteLedger } from "../ledger/sqlite.ts";
import { openRemoteDeletions } from "./remote-deletions.ts";

const tenant = tenantId("acme");
let folder = "";
let files = 0;
let ledger: Ledger;
let now = 0;
let lines: readonly Record<string, unknown>[] = [];
/** Whoever waits is kept waiting, until somebody leaves. */
const patient: Clock = { now: () => now, sleep: (_ms, signal) => aborted(signal) };
const impatient: Clock = { now: () => now, sleep: () => Promise.resolve() };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "continuo-deletions-"));
});

beforeEach(async () => {
  ledger = await openSqliteLedger({ file: join(folder, `${++files}.db`) });
  now = 1_790_000_000_000;
  lines = [];
  return () => ledger[Symbol.asyncDispose]();
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

function deletionsAt(openai: ConversationsServer | undefined, clock = patient) {
  const models =
    openai && openaiModels({ apiKey: "sk-test", model: "m", baseUrl: openai.url, api: "responses", timeoutMs: 5_000 });
  const log = pino({ base: null }, { write: (line: string) => (lines = [...lines, JSON.parse(line)]) });
  return openRemoteDeletions({ ledger, conversations: models?.remote?.conversations, clock, log });
}

/** Fires what is due, as the sweeper does. */
async function sweep(deletions: ReturnType<typeof openRemoteDeletions>): Promise<void> {
  for (let fired = await ledger.fireTimer(now); fired !== undefined; fired = await ledger.fireTimer(now))
    deletions.fired(fired);
  await deletions.settled();
}

const words = Array.from({ length: 130 }, (_, index) => ({ type: "message", role: "user", content: `Text ${index}` }));

describe("forgetting a customer's conversation at OpenAI", () => {
  test("deletes every item and then the conversation, because the items would stay", async () => {
    await using openai = await startConversationsServer(() => ({ kind: "hang" }));
    const id = openai.plant(words);
    await using deletions = deletionsAt(openai);
    expect(await deletions.forget(tenant, [id, id])).toEqual({ deleted: 1, queued: 0 });
    expect([openai.conversations.size, openai.orphans]).toEqual([0, []]);
    expect(await ledger.timers.nextAt()).toBeUndefined();
    expect(lines).toMatchObject([{ msg: "remote_conversation_forgotten", conversationId: id, items: 130 }]);
  });

  test("is done when the conversation is not there any more", async () => {
    await using openai = await startConversationsServer(() => ({ kind: "hang" }));
    await using deletions = deletionsAt(openai);
    expect(await deletions.forget(tenant, ["conv_gone"])).toEqual({ deleted: 1, queued: 0 });
  });

  test("asks nobody about an id that OpenAI cannot have made", async () => {
    await using openai = await startConversationsServer(() => ({ kind: "hang" }));
    await using deletions = deletionsAt(openai);
    expect(await deletions.forget(tenant, ["thread_1"])).toEqual({ deleted: 0, queued: 0 });
    expect(openai.requests).toEqual([]);
  });

  test("goes on with the rest when it failed on the way", async () => {
    let failing = true;
    await using openai = await startConversationsServer(() => ({ kind: "hang" }), {
      fails: ({ method }) => (failing && method === "DELETE" ? { kind: "fail", status: 500 } : undefined),
    });
    const id = openai.plant(words.slice(0, 3));
    await using deletions = deletionsAt(openai);
    expect(await deletions.forget(tenant, [id])).toEqual({ deleted: 0, queued: 1 });
    expect(lines).toMatchObject([{ msg: "remote_deletion_failed", attempt: 1, retryMs: nextDeletionMs(1) }]);
    await sweep(deletions);
    expect(openai.conversations.size).toBe(1);
    failing = false;
    now += nextDeletionMs(1) ?? 0;
    await sweep(deletions);
    expect(openai.conversations.size).toBe(0);
    expect(await ledger.timers.nextAt()).toBeUndefined();
  });

  test("goes on by itself when it takes long", async () => {
    let slow = true;
    const released = Promise.withResolvers<void>();
    await using openai = await startConversationsServer(() => ({ kind: "hang" }), {
      fails: () => (slow ? { kind: "fail", status: 500, after: released.promise } : undefined),
    });
    const id = openai.plant(words.slice(0, 1));
    await using deletions = deletionsAt(openai, impatient);
    expect(await deletions.forget(tenant, [id])).toEqual({ deleted: 0, queued: 1 });
    slow = false;
    released.resolve();
    await deletions.settled();
    now += nextDeletionMs(1) ?? 0;
    await sweep(deletions);
    expect(openai.conversations.size).toBe(0);
  });

  test("is kept in mind when the program stops", async () => {
    await using openai = await startConversationsServer(() => ({ kind: "hang" }));
    const id = openai.plant(words.slice(0, 1));
    const first = deletionsAt(undefined);
    expect(await first.forget(tenant, [id])).toEqual({ deleted: 0, queued: 1 });
    await first[Symbol.asyncDispose]();
    await using second = deletionsAt(openai);
    now += nextDeletionMs(1) ?? 0;
    await sweep(second);
    expect(openai.conversations.size).toBe(0);
  });

  test("is handed to a person after a month", async () => {
    await using deletions = deletionsAt(undefined);
    await deletions.forget(tenant, ["conv_1"]);
    for (let at = await ledger.timers.nextAt(); at !== undefined; at = await ledger.timers.nextAt()) {
      now = at;
      await sweep(deletions);
    }
    expect(lines.at(-1)).toMatchObject({ msg: "remote_deletion_given_up", level: 50, conversationId: "conv_1" });
  });
});
