import { expect } from "vitest";
import { newOutboxId, subjectId as readSubjectId, tenantId, type SubjectId } from "../../core/ids.ts";
import type { CodeRequest } from "../../core/ports/codes.ts";
import { eventsOf, newCustomer, noon, ours, ref, says, tenant, text, type Customer, type Stage } from "./stage.ts";

const hour = 3_600_000;
const [right, wrong] = ["a".repeat(64), "b".repeat(64)];
let visitors = 0;

/** What one-time codes must do. */
export function codeContract({ ledger, fresh, test }: Stage): void {
  async function somebody() {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    return { customer, subjectId, asked: codeFor(customer, subjectId) };
  }

  test("a code is texted, and proves once", async () => {
    const { customer, subjectId, asked } = await somebody();
    expect(await ledger().codes.issue(asked)).toEqual({ kind: "issued" });
    expect(await ledger().outbox.of(ref(subjectId))).toMatchObject([
      { id: asked.text.id, to: customer.number, from: ours, body: asked.text.body, state: "waiting" },
    ]);
    const claim = await ledger().outbox.claim({ subjectId, now: noon, ambiguousAfterMs: 1_000 });
    expect(claim).toMatchObject({ kind: "send", row: { id: asked.text.id } });
    expect(await ledger().codes.redeem(tried(asked.key, right))).toEqual({ kind: "proven" });
    expect(await ledger().codes.redeem(tried(asked.key, right))).toEqual({ kind: "refused", why: "spent" });
    expect((await eventsOf(ledger(), subjectId)).slice(-2)).toEqual(["code_sent", "code_refused"]);
  });

  test("a code for nobody, of another tenant or for another key proves nothing", async () => {
    const { asked } = await somebody();
    await ledger().codes.issue(asked);
    const unknown = { kind: "refused", why: "unknown" };
    expect(await ledger().codes.redeem(tried(`${asked.key}/x`, right))).toEqual(unknown);
    expect(await ledger().codes.redeem({ ...tried(asked.key, right), tenant: tenantId("other") })).toEqual(unknown);
    const nobody = { ...asked.text, subjectId: readSubjectId("sub_nobody") };
    await expect(ledger().codes.issue({ ...asked, text: nobody })).rejects.toMatchObject({ code: "not_found" });
    await expect(ledger().codes.issue({ ...asked, tenant: tenantId("other") })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("a wrong code counts against the key, and after too many none is right", async () => {
    const { asked } = await somebody();
    await ledger().codes.issue(asked);
    for (const guess of [wrong, "short", ""]) {
      expect(await ledger().codes.redeem(tried(asked.key, guess))).toEqual({ kind: "refused", why: "wrong" });
    }
    expect(await ledger().codes.redeem(tried(asked.key, right))).toEqual({ kind: "refused", why: "too_many" });
  });

  test("an expired code proves nothing", async () => {
    const { asked } = await somebody();
    await ledger().codes.issue(asked);
    const late = await ledger().codes.redeem(tried(asked.key, right, asked.expiresAt));
    expect(late).toEqual({ kind: "refused", why: "expired" });
    expect(await ledger().codes.redeem(tried(asked.key, right, asked.expiresAt - 1))).toEqual({ kind: "proven" });
  });

  test("a newer code voids the one before it, with its wrong tries", async () => {
    const { customer, subjectId, asked } = await somebody();
    await ledger().codes.issue(asked);
    for (let n = 0; n < 3; n += 1) await ledger().codes.redeem(tried(asked.key, wrong));
    const newer = "c".repeat(64);
    await ledger().codes.issue({ ...codeFor(customer, subjectId), key: asked.key, codeHash: newer });
    expect(await ledger().codes.redeem(tried(asked.key, right))).toEqual({ kind: "refused", why: "wrong" });
    expect(await ledger().codes.redeem(tried(asked.key, newer))).toEqual({ kind: "proven" });
  });

  test("each of those who are counted is limited by itself, for as long as the window lasts", async () => {
    const own = await fresh();
    const customer = newCustomer();
    const subjectId = await says(own, customer, "Hello");
    const asked = codeFor(customer, subjectId);
    async function issue(now: number, change: Partial<CodeRequest> = {}) {
      return await own.codes.issue({ ...codeFor(customer, subjectId), key: asked.key, now, ...change });
    }
    expect(await issue(noon)).toEqual({ kind: "issued" });
    expect(await issue(noon + 10)).toEqual({ kind: "issued" });
    const limited = { kind: "limited", retryAt: noon + hour };
    expect(await issue(noon + 20)).toEqual(limited);
    expect(await issue(noon + 20, { key: "another", counted: [customer.addressKey] })).toEqual(limited);
    expect(await issue(noon + 20, { key: "another", counted: ["somebody else"] })).toEqual({ kind: "issued" });
    expect(await issue(noon + 20, { most: 0 })).toEqual({ kind: "limited", retryAt: noon + 20 + hour });
    expect(await issue(noon + hour)).toEqual({ kind: "issued" });
    expect(await issue(noon + hour)).toEqual({ kind: "limited", retryAt: noon + 10 + hour });
    expect(await own.outbox.of(ref(subjectId))).toHaveLength(4);
    const told = (await own.events.after(0, 1_000)).filter(({ name }) => name === "code_refused");
    expect(told[0]).toMatchObject({ subjectId, tenant, detail: { why: "limited" } });
  });

  test("some of them may have another limit than the rest", async () => {
    const { customer, subjectId, asked } = await somebody();
    const visitor = `web:${asked.key}`;
    async function issue(n: number, mostOf: Readonly<Record<string, number>>): Promise<string> {
      const counted = [visitor];
      return (
        await ledger().codes.issue({ ...codeFor(customer, subjectId), key: `${asked.key}/${n}`, counted, mostOf })
      ).kind;
    }
    for (let n = 0; n < 4; n += 1) expect(await issue(n, { [visitor]: 4 })).toBe("issued");
    expect(await issue(4, { [visitor]: 4 })).toBe("limited");
    expect(await issue(4, { [visitor]: 5 })).toBe("issued");
  });

  test("no code goes to an address that opted out", async () => {
    const { customer, subjectId, asked } = await somebody();
    await ledger().accept(text(customer, "STOP"));
    expect(await ledger().codes.issue(asked)).toEqual({ kind: "opted_out" });
    expect(await ledger().outbox.of(ref(subjectId))).toEqual([]);
    expect(await ledger().codes.redeem(tried(asked.key, right))).toEqual({ kind: "refused", why: "unknown" });
    expect((await eventsOf(ledger(), subjectId)).at(-1)).toBe("code_refused");
  });

  test("a code's text is no part of the conversation, and goes out while an operator holds it", async () => {
    const { subjectId, asked } = await somebody();
    await ledger().owner.change({ ...ref(subjectId), from: "agent", to: "operator", now: noon });
    await ledger().codes.issue(asked);
    const claim = await ledger().outbox.claim({ subjectId, now: noon, ambiguousAfterMs: 1_000 });
    expect(claim.kind).toBe("send");
    await ledger().outbox.record({ id: asked.text.id, outcome: refusal, now: noon });
    expect((await ledger().inbox.pending(ref(subjectId))).map(({ body }) => body.kind)).toEqual(["text"]);
  });
}

const refusal = { kind: "refused", code: "21211", reason: "bad_address" } as const;

/** A code by which a visitor proves a customer's number. */
function codeFor(customer: Customer, subjectId: SubjectId): CodeRequest {
  visitors += 1;
  const visitor = `web:visitor-${visitors}`;
  return {
    tenant,
    key: `${visitor}/${customer.addressKey}`,
    counted: [customer.addressKey, visitor],
    most: 2,
    windowMs: hour,
    codeHash: right,
    expiresAt: noon + 600_000,
    text: {
      id: newOutboxId(noon),
      subjectId,
      channel: "sms",
      to: customer.number,
      from: ours,
      addressKey: customer.addressKey,
      body: "123456 is your code.",
    },
    now: noon,
  };
}

function tried(key: string, codeHash: string, now: number = noon) {
  return { tenant, key, codeHash, mostTries: 3, now };
}
