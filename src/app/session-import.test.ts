import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tenantId } from "../core/ids.ts";
import { openAlone } from "./maintenance.ts";
import { importSessions, type ImportOptions, type ImportStep } from "./session-import.ts";
import type { SessionMap } from "./session-map.ts";

const tenant = { id: tenantId("acme"), defaultCountry: "US", session: { idleMs: 1_800_000, closeMs: 86_400_000 } };
const now = 1_790_000_000_000;
let folder = "";
let folders = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "continuo-import-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function open() {
  const dataDir = join(folder, String(++folders));
  return openAlone({ dataDir, sqlitePath: join(dataDir, "continuo.db"), store: "sqlite" });
}

function mapOf(...sessions: readonly (readonly [string, string, number?])[]): SessionMap {
  return {
    sessions: sessions.map(([sessionId, conversationId, lastUsed = 2]) => ({
      sessionId,
      conversationId,
      createdAt: 1,
      lastUsed,
    })),
    refused: [],
    empty: [],
  };
}

async function imported(
  state: Parameters<typeof importSessions>[0],
  map: SessionMap,
  options: Partial<ImportOptions> = {},
): Promise<readonly ImportStep[]> {
  const steps: ImportStep[] = [];
  const all = { tenant, dryRun: false, overwrite: false, now, ...options };
  for await (const step of importSessions(state, map, all)) steps.push(step);
  return steps;
}

type State = Awaited<ReturnType<typeof open>>;

async function remoteOf({ ledger, store }: State, addressKey: string) {
  const subjectId = await ledger.subjects.find(tenant.id, addressKey);
  return subjectId === undefined ? undefined : (await store.memory({ tenant: tenant.id, subjectId })).remote;
}

describe("taking over conversations at OpenAI", () => {
  test("gives a number's session to that number, and any other to a customer of its own", async () => {
    await using state = await open();
    const steps = await imported(state, mapOf(["+1 (415) 555-0100", "conv_1"], ["user_alice", "conv_2"]));
    expect(steps).toEqual([
      { kind: "imported", sessionId: "+1 (415) 555-0100", alias: "phone_14155550100" },
      { kind: "imported", sessionId: "user_alice", alias: "other_session_3a_user_5f_alice" },
    ]);
    expect(await remoteOf(state, "tel:+14155550100")).toEqual({
      sessionId: "+1 (415) 555-0100",
      conversationId: "conv_1",
      createdAt: 1,
      lastUsed: 2,
      throughSeq: 0,
    });
    expect(await remoteOf(state, "other:session:user_alice")).toMatchObject({ conversationId: "conv_2" });
  });

  test("can be done again, and keeps what a customer has", async () => {
    await using state = await open();
    await imported(state, mapOf(["user_alice", "conv_1"]));
    expect(await imported(state, mapOf(["user_alice", "conv_1"]))).toMatchObject([{ kind: "same" }]);
    expect(await imported(state, mapOf(["user_alice", "conv_2"]))).toMatchObject([{ kind: "kept" }]);
    expect(await remoteOf(state, "other:session:user_alice")).toMatchObject({ conversationId: "conv_1" });
    expect(await imported(state, mapOf(["user_alice", "conv_2"]), { overwrite: true })).toMatchObject([
      { kind: "replaced", before: "conv_1" },
    ]);
    expect(await remoteOf(state, "other:session:user_alice")).toMatchObject({ conversationId: "conv_2" });
  });

  test("never gives one conversation to two customers", async () => {
    await using state = await open();
    const steps = await imported(
      state,
      mapOf(["user_alice", "conv_1"], ["user_bob", "conv_1"], ["user_eve", "conv_2"]),
    );
    expect(steps.map(({ kind, sessionId }) => `${sessionId} ${kind}`)).toEqual([
      "user_alice refused",
      "user_bob refused",
      "user_eve imported",
    ]);
  });

  test("takes of two sessions of one number the one that was used last", async () => {
    await using state = await open();
    const steps = await imported(state, mapOf(["phone_14155550100", "conv_1", 5], ["+14155550100", "conv_2", 9]));
    expect(steps.map(({ kind }) => kind)).toEqual(["refused", "imported"]);
    expect(await remoteOf(state, "tel:+14155550100")).toMatchObject({ conversationId: "conv_2" });
  });

  test("changes nothing when it only looks, with and without a state", async () => {
    await using state = await open();
    const map = mapOf(["user_alice", "conv_1"]);
    expect(await imported(state, map, { dryRun: true })).toMatchObject([{ kind: "imported" }]);
    expect(await state.ledger.subjects.recent(tenant.id, 10)).toEqual([]);
    expect(await imported(undefined, map, { dryRun: true })).toMatchObject([{ kind: "imported" }]);
  });

  test("tells what the file itself is refused for", async () => {
    await using state = await open();
    const map = { sessions: [], refused: [{ sessionId: "x", why: "foreign" }], empty: ["y"] };
    expect(await imported(state, map)).toEqual([
      { kind: "refused", sessionId: "x", why: "foreign" },
      { kind: "empty", sessionId: "y" },
    ]);
  });
});
