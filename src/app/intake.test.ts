import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InboundText } from "../channels/twilio/message-form.ts";
import type { SubjectId } from "../core/ids.ts";
import { sentences } from "../core/sentences.ts";
import { openSqliteLedger, type SqliteLedger } from "../ledger/sqlite.ts";
import { configFrom } from "./config.ts";
import { textIntake, type TakenIn } from "./intake.ts";
import { openTenants, type Tenants } from "./tenants.ts";

const now = 1_795_000_000_000;
const john = "+14155550100";
const shop = "+14155550199";
const nile = "+201001234567";

let folder: string;
let ledger: SqliteLedger;
let messages = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "continuo-intake-"));
  ledger = await openSqliteLedger({ file: join(folder, "continuo.db") });
});

afterAll(async () => {
  await ledger[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function twoTenants(): Tenants {
  const given = {
    tenants: {
      acme: { numbers: [shop], rateLimit: { perMinute: 2, perDay: 0 }, sessionTimeoutMinutes: 5 },
      nile: { numbers: [nile], country: "EG" },
    },
  };
  return openTenants(configFrom({}).config, { found: { file: "continuo.config.ts", given }, agents: [] }).tenants;
}

/** An intake, and whom it told of what. */
function intake(tenants = twoTenants()) {
  const texts: SubjectId[] = [];
  const work: SubjectId[] = [];
  const replies: SubjectId[] = [];
  const accept = textIntake({
    ledger,
    clock: { now: () => now, sleep: async () => undefined },
    tenants,
    onText: (subjectId) => void texts.push(subjectId),
    onWork: (subjectId) => void work.push(subjectId),
    onReply: (subjectId) => void replies.push(subjectId),
    onCommit: () => undefined,
  });
  return { accept, texts, work, replies };
}

/** A text as the webhook delivers it. */
function text(from: string, to: string, channel: "sms" | "whatsapp" = "sms"): InboundText {
  messages += 1;
  const providerId = `SM${String(messages).padStart(32, "0")}`;
  return {
    providerId,
    rawFrom: channel === "whatsapp" ? `whatsapp:${from}` : from,
    body: { kind: "text", channel, from, to, text: "Hello", media: [], providerId },
  };
}

/** The subject of what was kept. */
function subjectOf(taken: TakenIn): SubjectId {
  if (taken.kind === "unserved") throw new Error("nobody serves that number");
  return taken.subjectId;
}

describe("the number that was written to", () => {
  test("says whose customer it is: one person is a subject of each tenant, with nothing in common", async () => {
    const { accept } = intake();
    const ours = subjectOf(await accept(text(john, shop)));
    const theirs = subjectOf(await accept(text(john, nile)));
    expect(theirs).not.toBe(ours);
    expect(await ledger.subjects.whose(ours)).toMatchObject({ tenant: "acme" });
    expect(await ledger.subjects.whose(theirs)).toMatchObject({ tenant: "nile" });
  });

  test("says which rules of numbers, which limits and which clocks hold", async () => {
    const { accept, replies } = intake();
    const cairo = subjectOf(await accept(text("01001112222", nile)));
    const [row] = await ledger.inbox.pending({
      tenant: twoTenants().serving(nile)?.tenant.id ?? fail(),
      subjectId: cairo,
    });
    expect(row?.body).toMatchObject({ from: "+201001112222" });

    const hasty = "+14155550111";
    const taken = [await accept(text(hasty, shop)), await accept(text(hasty, shop)), await accept(text(hasty, shop))];
    expect(taken.map(({ kind }) => kind)).toEqual(["accepted", "accepted", "recorded"]);
    expect(replies).toHaveLength(1);
  });

  test("that nobody serves is told so, and nothing is kept", async () => {
    const { accept, texts, work } = intake();
    const depth = await ledger.inbox.depth();
    expect(await accept(text(john, "+14155550155"))).toEqual({ kind: "unserved", notice: sentences.unserved });
    expect([texts, work, await ledger.inbox.depth()]).toEqual([[], [], depth]);
  });

  test("does not matter where the one tenant lists none", async () => {
    const { tenants } = openTenants(configFrom({}).config, { found: undefined, agents: [] });
    expect((await intake(tenants).accept(text("+14155550122", "+19995550123"))).kind).toBe("accepted");
  });
});

describe("a sender", () => {
  test.each(["72345", "345678", "AMAZON", "My Bank", "Anonymous"])(
    "who cannot be written back to, %j, is kept and never answered",
    async (sender) => {
      const { accept, texts, work, replies } = intake();
      const taken = await accept(text(sender, shop));
      expect(taken).toMatchObject({ kind: "recorded", reason: "unanswerable", notified: false });
      expect(texts).toEqual([]);
      expect(replies).toEqual([]);
      expect(work).toEqual([subjectOf(taken)]);
    },
  );

  test("with a number of any country is answered", async () => {
    const { accept } = intake();
    for (const number of ["+14155550133", "+442079460958", "+201009998888", "+4532123456"])
      expect((await accept(text(number, shop))).kind, number).toBe("accepted");
  });

  test("on WhatsApp is always answered", async () => {
    expect((await intake().accept(text("US.13491208655302741918", shop, "whatsapp"))).kind).toBe("accepted");
  });

  test("spelled with an extension is the number", async () => {
    const { accept } = intake();
    const plain = subjectOf(await accept(text("+14155550144", shop)));
    expect(subjectOf(await accept(text("+1 415 555 0144 ext. 5", shop)))).toBe(plain);
  });
});

function fail(): never {
  throw new Error("there is no such tenant");
}
