import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  callSid,
  newClaimId,
  newInboxId,
  newMergeId,
  newOutboxId,
  newTurnId,
  tenantId,
  type SubjectId,
} from "../core/ids.ts";
import type { Arrival, Ledger } from "../core/ports/ledger.ts";
import { openSqliteLedger, type SqliteLedger } from "./sqlite.ts";
import { personalTables } from "./sqlite/personal-tables.ts";

const noon = 1_790_000_000_000;
const tenant = tenantId("acme");
const clocks = { idleMs: 1_800_000, closeMs: 86_400_000, survey: "How was it?" };
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "continuo-scrub-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("forgetting somebody in the embedded database", () => {
  test("nothing of whoever is forgotten is left in the files, wherever their rows have been", async () => {
    await using ledger = await openSqliteLedger({ file: join(folder, "continuo.db") });
    const people = [person(1), person(2)];
    const [john = expect.fail("no first person"), jane = expect.fail("no second person")] = people;
    const subjects: SubjectId[] = [];
    // Rows of others before, between and after, so that the pages they lie on are rearranged again and again.
    for (let round = 0; round < 6; round += 1) {
      await crowd(ledger, round);
      subjects.push(await livesALot(ledger, john, round), await livesALot(ledger, jane, round));
    }
    const [into = expect.fail("nobody"), from = expect.fail("nobody")] = subjects;
    const mergeId = newMergeId(noon);
    await ledger.merges.merge({ tenant, mergeId, into, from, reason: `both are ${john.name}`, by: "test", now: noon });
    await ledger.merges.finish(mergeId);
    await crowd(ledger, 7);
    expect(await leftOf(people)).not.toEqual([]);

    const forgotten = await ledger.lifeCycle.forget({ tenant, subjectId: into, by: "test", now: noon });
    expect(forgotten?.subjects).toEqual([into, from]);
    for (const [name, rows] of Object.entries(forgotten?.removed ?? {})) {
      expect({ name, gone: rows > 0 }).toEqual({ name, gone: true });
    }
    await crowd(ledger, 8);
    await ledger.lifeCycle.scrub();
    expect(await leftOf(people)).toEqual([]);

    // Whoever stayed is still there, and so are the opt-outs.
    expect(await ledger.inbox.depth()).toBeGreaterThan(1_000);
    expect(await ledger.consent.optedOut(tenant, jane.addressKey)).toEqual({ since: noon });
    await crowd(ledger, 9);
    expect(await leftOf(people)).toEqual([]);
  });

  test("nothing of some among many is left, whose pages were rearranged while all of them were written to", async () => {
    await using ledger = await openSqliteLedger({ file: join(folder, "continuo.db") });
    const people = Array.from({ length: 400 }, (_, n) => person(n + 100));
    for (let round = 0; round < 8; round += 1) {
      const asked = people.map((one, n) => ({
        ...arrival(one, `${one.secret}-${round}`, "HELP"),
        helpNotice: one.name.repeat(1 + ((n * 31 + round * 17) % 40)),
      }));
      await Promise.all(asked.map((text) => ledger.accept(text)));
    }
    const gone = people.filter((_, n) => n % 5 === 0);
    for (const { addressKey } of gone) {
      const subjectId = await ledger.subjects.find(tenant, addressKey);
      await ledger.lifeCycle.forget({ tenant, subjectId: known(subjectId), by: "test", now: noon });
    }
    await ledger.lifeCycle.scrub();
    expect(await leftOf(gone)).toEqual([]);
  });

  test("every table with rows of a subject or an address is among those that are gathered and forgotten", async () => {
    await using ledger = await openSqliteLedger({ file: join(folder, "continuo.db") });
    const named = ledger.read.all<{ readonly name: string }>(
      `SELECT DISTINCT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
       WHERE t.type = 'table' AND c.name IN ('subject_id', 'address_key', 'from_id', 'into_id')`,
    );
    const listed = new Set([...personalTables.map(({ name }) => name), "events", "kept_hashes"]);
    expect(named.map(({ name }) => name).filter((name) => !listed.has(name))).toEqual([]);
  });

  test("while another program reads, the files cannot be scrubbed, and afterwards they can", async () => {
    const file = join(folder, "continuo.db");
    await using ledger = await openSqliteLedger({ file, busyMs: 20 });
    await crowd(ledger, 1);
    const reader = new DatabaseSync(file, { readOnly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM inbox").get();
    await expect(ledger.lifeCycle.scrub()).rejects.toMatchObject({ code: "ledger_unavailable" });
    await crowd(ledger, 2);
    reader.exec("COMMIT");
    reader.close();
    await ledger.lifeCycle.scrub();
    expect(await ledger.inbox.depth()).toBe(320);
  });
});

/** Somebody whose every word can be told from all others. */
function person(n: number) {
  const number = `+49151${String(12_345_000 + n)}`;
  return { number, addressKey: `tel:${number}`, name: `Zebedee-${n}`, secret: `xylophone${n}` };
}

function known<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error("that must be there");
  return thing;
}

/** The files that still say something of somebody, and what. */
async function leftOf(people: readonly ReturnType<typeof person>[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name), "latin1");
    const words = people.flatMap((one) => [one.number.slice(1), one.name, one.secret]);
    found.push(...words.filter((word) => bytes.includes(word)).map((word) => `${name}: ${word}`));
  }
  return found;
}

/** Two hundred others say something at once, and some of them are answered. */
async function crowd(ledger: Ledger, round: number): Promise<void> {
  const texts = Array.from({ length: 200 }, (_, n) => {
    const number = `+1415555${String((n * 7919 + round * 31) % 10_000).padStart(4, "0")}`;
    return ledger.accept(arrival({ number, addressKey: `tel:${number}` }, `${round}-${n}`, "Hello ".repeat(n % 40)));
  });
  const accepted = await Promise.all(texts);
  await Promise.all(
    accepted
      .filter((_, n) => n % 5 === 0)
      .map(({ subjectId }) => answer(ledger, subjectId, { words: "On its way. ".repeat(9), to: "+14155550199" })),
  );
}

async function answer(
  ledger: Ledger,
  subjectId: SubjectId,
  { words, to }: { readonly words: string; readonly to: string },
): Promise<void> {
  const taken = await ledger.take({ subjectId, holder: "one", leaseMs: 10_000, now: noon });
  if (taken.kind !== "turn") return;
  const { turn, fence } = taken;
  const claim = { id: newClaimId(noon), subjectId, turnId: turn.id, fence, callId: "call-1", tool: "find", now: noon };
  const asked = { ...claim, arguments: JSON.stringify({ words }), effect: "writes", act: words } as const;
  await ledger.toolCalls.claim({ ...asked, idempotent: false, deadlineAt: noon + 1_000 });
  await ledger.toolCalls.finish({ id: claim.id, output: words, now: noon });
  await ledger.lanes.spoke({ turnId: turn.id, fence, text: words });
  const reply = { kind: "text", channel: "sms", to, from: "+14155550000", parts: [words] } as const;
  const settlement = {
    turnId: turn.id,
    subjectId,
    tenant,
    outcome: "replied",
    consumed: turn.rows.map(({ id }) => id),
    dead: [],
    replies: [{ reply, ids: [newOutboxId(noon)] }],
    openCalls: [],
    events: [],
  } as const;
  await ledger.settle({ settlement, fence, now: noon });
}

/** Leaves a person's words in every table there is. */
async function livesALot(ledger: SqliteLedger, one: ReturnType<typeof person>, round: number): Promise<SubjectId> {
  const words = `${one.name} of ${one.number} says ${one.secret}`;
  const sid = callSid(`CA${one.secret}${round}`);
  const { number, addressKey } = one;
  const call = await ledger.calls.open({
    callSid: sid,
    tenant,
    addressKey,
    alias: `phone_${number.slice(1)}`,
    from: number,
    to: "+14155550000",
    direction: "inbound",
    tokenHash: "a".repeat(64),
    greeting: `Hello ${one.name}`,
    session: { ...clocks, survey: `How was it, ${one.name}?` },
    resume: false,
    now: noon,
  });
  const { subjectId } = call;
  const request = { callSid: sid, sessionId: `VX${one.secret}`, holder: "one", leaseMs: 10_000, now: noon };
  const line = known(await ledger.calls.connect(request));
  await ledger.acceptSpoken({
    subjectId,
    callSid: sid,
    epoch: line.call.epoch,
    fence: line.fence,
    holder: "one",
    turnId: newTurnId(noon),
    inboxId: newInboxId(noon),
    key: `frame-${one.secret}`,
    now: noon,
    bind: false,
    body: { kind: "speech", callSid: sid, text: words },
  });
  await ledger.calls.keepDigits({ callSid: sid, epoch: line.call.epoch, digits: one.secret });
  await ledger.calls.end({ callSid: sid, now: noon });
  for (let n = 0; n < 3; n += 1) {
    await ledger.accept(arrival(one, `${one.secret}-${round}-${n}`, `${words} `.repeat(1 + n * 40)));
    await answer(ledger, subjectId, { words, to: number });
  }
  const body = { kind: "tool_result", callId: one.secret, tool: "find", output: words } as const;
  const key = `${one.secret}/${round}`;
  await ledger.note({ tenant, subjectId, key, body, treatment: "answer", now: noon });
  const codeKey = `web:${one.secret}/${addressKey}`;
  const text = {
    id: newOutboxId(noon),
    subjectId,
    channel: "sms",
    to: number,
    from: "+14155550000",
    addressKey,
  } as const;
  await ledger.codes.issue({
    tenant,
    key: codeKey,
    counted: [addressKey, one.secret],
    most: 9,
    windowMs: 60_000,
    codeHash: "b".repeat(64),
    expiresAt: noon + 60_000,
    text: { ...text, body: words },
    now: noon,
  });
  const resolved = { kind: "found", foundKey: `ext:crm:${one.secret}` } as const;
  await ledger.resolutions.keep({
    tenant,
    subjectId,
    addressKey,
    resolver: "crm",
    answer: resolved,
    nextAt: noon,
    now: noon,
  });
  await ledger.subjects.join({ tenant, subjectId, addressKey: `ext:crm:${one.secret}` });
  const after = await ledger.totals.counted();
  await ledger.totals.add({ after, through: after + 1, subjects: [{ subjectId, counts: { turns: 1 } }], days: [] });
  if (round === 5) await ledger.accept({ ...arrival(one, `${one.secret}-stop`, "STOP"), idempotencyToken: one.secret });
  return subjectId;
}

function arrival(
  one: { readonly number: string; readonly addressKey: string },
  providerId: string,
  words: string,
): Arrival {
  const { number, addressKey } = one;
  return {
    tenant,
    addressKey,
    alias: `phone_${number.slice(1)}`,
    providerId,
    body: { kind: "text", channel: "sms", from: number, to: "+14155550000", text: words, media: [], providerId },
    limits: { perMinute: 0, perDay: 0 },
    limitNotice: "One moment, please.",
    surveyNotice: "Thank you.",
    answerable: true,
    session: clocks,
    now: noon,
  };
}
