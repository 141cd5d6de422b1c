import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newOutboxId, tenantId, type SubjectId } from "../../core/ids.ts";
import { MAX_SEND_ATTEMPTS, type OutboxRow, type SendOutcome } from "../../core/outbox.ts";
import type { FoundMessage, TextChannel } from "../../core/ports/channel.ts";
import type { Dispatch } from "../../core/ports/dispatch.ts";
import type { Arrival } from "../../core/ports/ledger.ts";
import { openSqliteLedger, type SqliteLedger } from "../../ledger/sqlite.ts";
import { outboxWork } from "./outbox.ts";

const tenant = tenantId("default");
const sent: SendOutcome = { kind: "sent", providerId: "SM_sent" };
const busy: SendOutcome = { kind: "retry", code: "20429" };
const lost: SendOutcome = { kind: "ambiguous", code: "timeout" };
const AMBIGUOUS_AFTER_MS = 20_000;

let folder: string;
let ledger: SqliteLedger;
let customers = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "continuo-outbox-"));
  ledger = await openSqliteLedger({ file: path.join(folder, "continuo.db") });
});

afterAll(async () => {
  await ledger[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function arrival(number: string, text: string): Arrival {
  const providerId = `SM${number}${text}`;
  return {
    tenant,
    addressKey: `tel:${number}`,
    alias: `phone_${number.slice(1)}`,
    providerId,
    body: { kind: "text", channel: "sms", from: number, to: "+14155550199", text, media: [], providerId },
    limits: { perMinute: 0, perDay: 0 },
    limitNotice: "",
    surveyNotice: "Thank you.",
    answerable: true,
    session: { idleMs: 1_800_000, closeMs: 86_400_000 },
    now: 1,
  };
}

/** A customer to whom these parts of one reply wait to be sent, and the loop that sends them. */
async function waiting(...parts: readonly string[]) {
  customers += 1;
  const number = `+1415555${String(customers).padStart(4, "0")}`;
  const { subjectId } = await ledger.accept(arrival(number, "Hello"));
  const taken = await ledger.take({ subjectId, holder: "worker", leaseMs: 1_000, now: 1 });
  if (taken.kind !== "turn") throw new Error("nothing to take");
  const settlement = {
    turnId: taken.turn.id,
    subjectId,
    tenant,
    outcome: "replied",
    consumed: taken.turn.rows.map((row) => row.id),
    dead: [],
    replies: [
      {
        reply: { kind: "text", channel: "sms", to: number, from: "+14155550199", parts },
        ids: parts.map(() => newOutboxId(1)),
      },
    ],
    openCalls: [],
    events: [],
  } as const;
  expect(await ledger.settle({ settlement, fence: taken.fence, now: 1 })).toMatchObject({
    kind: "settled",
    toSend: true,
  });
  return { number, ...sending(subjectId) };
}

function sending(subjectId: SubjectId) {
  let now = 10_000;
  const outcomes: SendOutcome[] = [];
  const findings: FoundMessage[] = [];
  const attempts: OutboxRow[] = [];
  const wakes: (number | undefined)[] = [];
  const trouble: string[] = [];
  let looks = 0;
  let work = 0;
  const channel: TextChannel = {
    name: "sms",
    split: (text) => [text],
    send: async (row) => {
      attempts.push(row);
      return outcomes.shift() ?? sent;
    },
    find: async () => {
      looks += 1;
      return findings.shift() ?? { kind: "unclear", code: "503" };
    },
  };
  const dispatch: Dispatch = {
    wake: (_subjectId, notBefore) => void wakes.push(notBefore),
    start: () => undefined,
    settled: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const channels = new Map([["sms", channel] as const]);
  const run = outboxWork({
    ledger,
    channels,
    clock: { now: () => now, sleep: async () => undefined },
    dispatch,
    ambiguousAfterMs: AMBIGUOUS_AFTER_MS,
    random: () => 0,
    onWork: () => (work += 1),
    onTrouble: (_row, code) => void trouble.push(code),
  });
  return {
    subjectId,
    outcomes,
    findings,
    attempts,
    wakes,
    trouble,
    channels,
    looks: () => looks,
    work: () => work,
    run: (signal = new AbortController().signal) => run(subjectId, signal),
    pass: (ms: number) => (now += ms),
    states: async () => (await ledger.outbox.of({ tenant, subjectId })).map((row) => row.state),
  };
}

describe("the outbox", () => {
  test("sends the parts of a reply in order, each once", async () => {
    const outbox = await waiting("One.", "Two.", "Three.");
    await outbox.run();
    await outbox.run();
    expect(outbox.attempts.map((row) => row.body)).toEqual(["One.", "Two.", "Three."]);
    expect(await outbox.states()).toEqual(["sent", "sent", "sent"]);
    expect(outbox.trouble).toEqual([]);
  });

  test("waits longer each time the provider is busy, and lets nothing overtake", async () => {
    const outbox = await waiting("One.", "Two.");
    outbox.outcomes.push(busy, { ...busy, afterMs: 7_000 });
    await outbox.run();
    expect(outbox.wakes).toEqual([10_500]);
    outbox.pass(500);
    await outbox.run();
    expect(outbox.wakes.at(-1)).toBe(17_500);
    outbox.pass(7_000);
    await outbox.run();
    expect(outbox.attempts.map((row) => row.body)).toEqual(["One.", "One.", "One.", "Two."]);
    expect(outbox.trouble).toEqual(["20429", "20429"]);
    expect(await outbox.states()).toEqual(["sent", "sent"]);
  });

  test("does nothing before its time, however often it is woken", async () => {
    const outbox = await waiting("One.");
    outbox.outcomes.push(busy);
    await outbox.run();
    await outbox.run();
    await outbox.run();
    expect(outbox.attempts).toHaveLength(1);
  });

  test("gives up in the end, tells the record, and goes on with the next", async () => {
    const outbox = await waiting("One.", "Two.");
    outbox.outcomes.push(...Array.from({ length: MAX_SEND_ATTEMPTS }, () => busy));
    for (let i = 0; i < MAX_SEND_ATTEMPTS + 2; i += 1) {
      await outbox.run();
      outbox.pass(300_000);
    }
    expect(outbox.attempts).toHaveLength(MAX_SEND_ATTEMPTS + 1);
    expect(await outbox.states()).toEqual(["failed", "sent"]);
    expect(outbox.work()).toBe(1);
    expect(await ledger.inbox.pending({ tenant, subjectId: outbox.subjectId })).toMatchObject([
      { treatment: "record", body: { kind: "delivery", status: "failed", code: "20429" } },
    ]);
  });

  test("tries somebody who opted out once, and nothing after that", async () => {
    const outbox = await waiting("One.", "Two.");
    outbox.outcomes.push({ kind: "refused", code: "21610", reason: "opted_out" });
    await outbox.run();
    expect(outbox.attempts).toHaveLength(1);
    expect(await outbox.states()).toEqual(["failed", "suppressed"]);
    expect(outbox.work()).toBe(2);
  });

  test("sends nothing to somebody who opted out meanwhile", async () => {
    const outbox = await waiting("One.");
    await ledger.accept(arrival(outbox.number, "STOP"));
    await outbox.run();
    expect(outbox.attempts).toEqual([]);
    expect(await outbox.states()).toEqual(["suppressed"]);
  });

  test("sends nothing by a channel that is not there", async () => {
    const outbox = await waiting("One.");
    outbox.channels.clear();
    await outbox.run();
    expect(await outbox.states()).toEqual(["failed"]);
    expect(outbox.trouble).toEqual(["no_channel"]);
  });

  test("starts nothing new when it is stopped", async () => {
    const outbox = await waiting("One.");
    await outbox.run(AbortSignal.abort());
    expect(outbox.attempts).toEqual([]);
    expect(await outbox.states()).toEqual(["waiting"]);
  });
});

describe("a send whose answer was lost", () => {
  test("is not repeated when the provider took it", async () => {
    const outbox = await waiting("One.", "Two.");
    outbox.outcomes.push(lost);
    outbox.findings.push({ kind: "found", providerId: "SM_found" });
    await outbox.run();
    expect(await outbox.states()).toEqual(["ambiguous", "waiting"]);
    expect(outbox.looks()).toBe(0);
    outbox.pass(AMBIGUOUS_AFTER_MS);
    await outbox.run();
    expect(outbox.attempts.map((row) => row.body)).toEqual(["One.", "Two."]);
    expect(await outbox.states()).toEqual(["sent", "sent"]);
  });

  test("is repeated when the provider never saw it", async () => {
    const outbox = await waiting("One.");
    outbox.outcomes.push(lost);
    outbox.findings.push({ kind: "absent" });
    await outbox.run();
    outbox.pass(AMBIGUOUS_AFTER_MS);
    await outbox.run();
    expect(outbox.attempts.map((row) => row.body)).toEqual(["One.", "One."]);
    expect(await outbox.states()).toEqual(["sent"]);
  });

  test("is a person's when the provider cannot tell, and the next one goes on", async () => {
    const outbox = await waiting("One.", "Two.");
    outbox.outcomes.push(lost);
    for (let i = 0; i < 8; i += 1) {
      await outbox.run();
      outbox.pass(60_000);
    }
    expect(outbox.looks()).toBe(5);
    expect(await outbox.states()).toEqual(["unknown", "sent"]);
  });

  test("is settled by the provider's callback, without looking", async () => {
    const outbox = await waiting("One.");
    outbox.outcomes.push(lost);
    await outbox.run();
    const [row] = await ledger.outbox.of({ tenant, subjectId: outbox.subjectId });
    if (row === undefined) throw new Error("the row is gone");
    await ledger.outbox.callback({ outboxId: row.id, providerId: "SM_callback", status: "delivered", now: 11_000 });
    outbox.pass(AMBIGUOUS_AFTER_MS);
    await outbox.run();
    expect([await outbox.states(), outbox.looks(), outbox.attempts.length]).toEqual([["delivered"], 0, 1]);
  });
});
