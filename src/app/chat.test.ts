import { describe, expect, test } from "vitest";
import { acme, listen, openChat, take, type Chat } from "../../test/support/chat-desk.ts";
import { JOHN } from "../../test/support/numbers.ts";
import { newOutboxId, newTurnId, tenantId, type SubjectRef } from "../core/ids.ts";
import type { Visitor } from "../http/chat-parts.ts";
import { clocks, settlementOf, takeTurn, text } from "../testing/ledger/stage.ts";

const DAY_MS = 86_400_000;
const state = { kind: "state", state: { answeredBy: "agent", session: "NEW", proven: false } };

describe("a visitor", () => {
  test("is known by a token for thirty days, and gets a younger one after a day", async () => {
    const { desk, clock, visitor } = await openChat();
    const { token, ...known } = await visitor();
    expect(known.id).toMatch(/^[0-9a-f]{32}$/u);
    clock.advance(DAY_MS + 1);
    const later = await desk.visitor(acme, token);
    expect(later).toMatchObject({ ...known, renewed: expect.stringMatching(/^v1\./u) });
    clock.advance(29 * DAY_MS);
    expect(await desk.visitor(acme, token)).toBeUndefined();
    expect(await desk.visitor(acme, later?.renewed ?? "")).toMatchObject(known);
  });

  test("of one business is nobody at another", async () => {
    const { desk, visitor } = await openChat();
    const { token } = await visitor();
    expect(await desk.visitor(tenantId("other"), token)).toBeUndefined();
  });
});

describe("the face of the chat", () => {
  test("is the default tenant's where nobody names one, and nobody's where there is none", async () => {
    const { desk } = await openChat();
    expect(desk.face(undefined)).toEqual({
      tenant: acme,
      name: "Acme",
      origins: ["https://acme.example"],
      proof: true,
    });
    expect(["other", "nobody", "__proto__"].map((name) => desk.face(name))).toEqual([undefined, undefined, undefined]);
  });
});

describe("a message", () => {
  test("is kept once, however often it comes, and wants an answer", async () => {
    const { desk, ledger, visitor, who, woken } = await openChat();
    const john = await visitor();
    const message = { id: "message-1", text: " Hello " };
    expect(await desk.accept(john, message)).toEqual({ kind: "accepted" });
    expect(await desk.accept(john, message)).toEqual({ kind: "duplicate" });
    const { subjectId } = await who(john);
    expect(woken).toEqual([`text ${subjectId}`]);
    expect(await ledger.inbox.pending({ tenant: acme, subjectId })).toMatchObject([
      { treatment: "answer", body: { channel: "web", from: john.id, to: "web", text: "Hello" } },
    ]);
    expect(await ledger.subjects.get({ tenant: acme, subjectId })).toMatchObject({ alias: `web_${john.id}` });
  });

  test("is nobody else's, also under the same id", async () => {
    const { desk, visitor } = await openChat();
    const [john, jane] = [await visitor(), await visitor()];
    await desk.accept(john, { id: "message-1", text: "Hello" });
    expect(await desk.accept(jane, { id: "message-1", text: "Hello" })).toEqual({ kind: "accepted" });
    expect((await desk.history(jane, { limit: 10 })).lines).toHaveLength(1);
  });

  test("that comes too fast is kept, and the visitor is told so once", async () => {
    const chat = await openChat();
    const { desk, visitor, who, send } = chat;
    const john = await visitor();
    const kinds: string[] = [];
    for (let n = 0; n < 40; n += 1) kinds.push((await desk.accept(john, { id: `message-${n}`, text: "Hi" })).kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(["accepted", "kept"]);
    await send(await who(john));
    const { lines } = await desk.history(john, { limit: 100 });
    expect(lines.filter((line) => line.who === "agent")).toMatchObject([{ text: expect.stringContaining("faster") }]);
    expect(lines).toHaveLength(41);
  });
});

describe("what was said", () => {
  test("is what waits, then what was answered, each once and in order", async () => {
    const { desk, visitor, answer } = await openChat();
    const john = await visitor();
    expect(await desk.history(john, { limit: 10 })).toEqual({ lines: [], lastEventId: "0", state: state.state });
    await desk.accept(john, { id: "message-1", text: "Hello" });
    expect((await desk.history(john, { limit: 10 })).lines).toMatchObject([{ id: "message-1", text: "Hello" }]);
    const turn = await answer(john, "Good day.");
    await desk.accept(john, { id: "message-2", text: "Hello" });
    const { lines, lastEventId, before } = await desk.history(john, { limit: 10 });
    expect(lines).toMatchObject([
      { id: `${turn.id}.0`, who: "customer", text: "Hello", channel: "web" },
      { id: `${turn.id}.1`, who: "agent", text: "Good day.", turn: turn.id },
      { id: "message-2", who: "customer", text: "Hello" },
    ]);
    expect(lastEventId).toMatch(/^out_/u);
    expect(before).toBeUndefined();
  });

  test("can be read back to the beginning, page by page, without a gap or a repeat", async () => {
    const { desk, visitor, answer } = await openChat();
    const john = await visitor();
    for (let n = 0; n < 12; n += 1) {
      await desk.accept(john, { id: `message-${n}`, text: `Question ${n}` });
      const call = { callId: `c${n}`, tool: "lookup_order" };
      await answer(john, `One moment. Answer ${n}`, {
        items: [
          { kind: "agent", channel: "web", text: "One moment.", status: "complete" },
          { kind: "tool_call", ...call, arguments: "{}" },
          { kind: "tool_result", ...call, output: "{}" },
          { kind: "agent", channel: "web", text: ` Answer ${n}`, status: "complete" },
        ],
      });
    }
    const texts: string[] = [];
    const ids = new Set<string>();
    let before: number | undefined;
    let pages = 0;
    do {
      const page = await desk.history(john, { limit: 5, ...(before === undefined ? {} : { before }) });
      texts.unshift(...page.lines.map((line) => line.text));
      for (const { id } of page.lines) ids.add(id);
      before = page.before;
      pages += 1;
    } while (before !== undefined);
    const turns = Array.from({ length: 12 }, (_, n) => [`Question ${n}`, `One moment. Answer ${n}`]);
    expect(texts).toEqual(turns.flat());
    expect([ids.size, pages > 3]).toEqual([24, true]);
  });
});

describe("what happens", () => {
  test("is told as it is made: how it stands, the words, the whole", async () => {
    const { desk, visitor, answer } = await openChat();
    const john = await visitor();
    const events = await listen(desk, john);
    desk.desk.typing(john.id);
    await desk.accept(john, { id: "message-1", text: "Hello" });
    const turn = await answer(john, "Good day.");
    expect(await take(events, 5)).toMatchObject([
      state,
      { kind: "typing" },
      { kind: "message", line: { id: "message-1", who: "customer", text: "Hello" } },
      { kind: "delta", turn: turn.id, text: "Good day." },
      { kind: "message", eventId: expect.stringMatching(/^out_/u), line: { text: "Good day.", turn: turn.id } },
    ]);
  });

  test("is told to all of a visitor's pages, five at most, and to nobody else", async () => {
    const { desk, visitor, answer } = await openChat();
    const [john, jane] = [await visitor(), await visitor()];
    const pages = [];
    for (let n = 0; n < 5; n += 1) pages.push(await listen(desk, john));
    expect(await desk.events(john, { signal: AbortSignal.timeout(1_000) })).toBe("too_many");
    const other = await listen(desk, jane);
    await desk.accept(john, { id: "message-1", text: "Hello" });
    await answer(john, "Good day.");
    for (const page of pages) expect((await take(page, 4)).at(-1)).toMatchObject({ kind: "message" });
    await desk.accept(jane, { id: "message-1", text: "Me too" });
    expect((await take(other, 2)).at(-1)).toMatchObject({ kind: "message", line: { text: "Me too" } });
  });

  test("and was missed is told after the last one that was seen, each once", async () => {
    const { desk, visitor, answer } = await openChat();
    const john = await visitor();
    for (const word of ["one", "two", "three"]) {
      await desk.accept(john, { id: `message-${word}`, text: word });
      await answer(john, `Answer ${word}`);
    }
    const all = await take(await listen(desk, john, "0"), 4);
    expect(all.map((event) => (event.kind === "message" ? event.line.text : event.kind))).toEqual([
      "state",
      "Answer one",
      "Answer two",
      "Answer three",
    ]);
    const second = all[2]?.kind === "message" ? (all[2].eventId ?? "") : "";
    const { lastEventId = "" } = await desk.history(john, { limit: 1 });
    const events = await listen(desk, john, second);
    const quiet = await listen(desk, john, lastEventId);
    await desk.accept(john, { id: "message-four", text: "four" });
    expect((await take(events, 3)).map((event) => (event.kind === "message" ? event.line.text : ""))).toEqual([
      "",
      "Answer three",
      "four",
    ]);
    expect((await take(quiet, 2)).map((event) => (event.kind === "message" ? event.line.text : ""))).toEqual([
      "",
      "four",
    ]);
  });

  test("in the middle of a reply begins with the words so far", async () => {
    const { desk, visitor, who, ledger } = await openChat();
    const john = await visitor();
    await desk.accept(john, { id: "message-1", text: "Hello" });
    const { turn } = await takeTurn(ledger, (await who(john)).subjectId);
    const sink = desk.sinkFor(john.id, turn.id);
    sink.write("Good ");
    sink.write("day");
    const events = await listen(desk, john);
    sink.write(".");
    expect(await take(events, 2)).toMatchObject([
      { kind: "state" },
      { kind: "delta", turn: turn.id, text: "Good day." },
    ]);
  });

  test("before the first word of a reply begins with the sign that it is being made, until the turn is over", async () => {
    const { desk, visitor, who, ledger, tell, clock } = await openChat();
    const john = await visitor();
    await desk.accept(john, { id: "message-1", text: "Hello" });
    const { turn, fence } = await takeTurn(ledger, (await who(john)).subjectId, { now: clock.now() });
    desk.sinkFor(john.id, turn.id);
    expect(await take(await listen(desk, john), 2)).toMatchObject([{ kind: "state" }, { kind: "typing" }]);
    const event = { name: "turn_settled", tenant: turn.tenant, subjectId: turn.subjectId, turnId: turn.id } as const;
    await ledger.settle({ settlement: settlementOf(turn, { events: [event] }), fence, now: clock.now() });
    await tell();
    const later = await listen(desk, john);
    desk.sinkFor(john.id, newTurnId(0)).write("Again");
    let [told] = await take(later, 1);
    while (told?.kind === "state") [told] = await take(later, 1);
    expect(told).toMatchObject({ kind: "delta", text: "Again" });
  });

  test("with a reply that is given up, suppressed or tried again is taken back", async () => {
    const chat = await openChat();
    const { desk, visitor, who, ledger, tell, clock } = chat;
    const john = await visitor();
    const events = await listen(desk, john);
    await desk.accept(john, { id: "message-1", text: "Hello" });
    const { subjectId } = await who(john);
    const { turn, fence } = await takeTurn(ledger, subjectId, { now: clock.now() });
    desk.sinkFor(john.id, turn.id).write("First");
    desk.sinkFor(john.id, turn.id).write("Second");
    await ledger.supersede({ turnId: turn.id, fence, now: clock.now() });
    await tell();
    const again = await takeTurn(ledger, subjectId, { now: clock.now() });
    desk.sinkFor(john.id, again.turn.id).write("Third");
    await ledger.owner.change({ tenant: acme, subjectId, from: "agent", to: "operator", now: clock.now() });
    const reply = { kind: "text", channel: "web", to: john.id, from: "web", parts: ["Third"] } as const;
    const settlement = settlementOf(again.turn, { replies: [{ reply, ids: [newOutboxId(0)] }] });
    await ledger.settle({ settlement, fence: again.fence, now: clock.now() });
    await chat.send({ tenant: acme, subjectId });
    await tell();
    const told = (await take(events, 9)).filter((event) => event.kind === "delta" || event.kind === "reset");
    expect(told.map((event) => [event.kind, event.kind === "delta" ? event.text : event.turn])).toEqual([
      ["delta", "First"],
      ["reset", turn.id],
      ["delta", "Second"],
      ["reset", turn.id],
      ["delta", "Third"],
      ["reset", again.turn.id],
    ]);
  });

  test("to the session is told with who answers now", async () => {
    const { desk, visitor, who, ledger, tell, clock } = await openChat();
    const john = await visitor();
    await desk.accept(john, { id: "message-1", text: "Hello" });
    const about = await who(john);
    await tell();
    const events = await listen(desk, john);
    await ledger.owner.change({ ...about, from: "agent", to: "operator", now: clock.now() });
    await ledger.sessions.change({ ...about, cause: "escalated", by: "test", now: clock.now() });
    await tell();
    expect(await take(events, 2)).toMatchObject([
      state,
      { kind: "state", state: { answeredBy: "operator", session: "WAITING_AGENT" } },
    ]);
  });

  test("ends when the page is gone, and for a reader who is far too slow", async () => {
    const { desk, visitor } = await openChat();
    const john = await visitor();
    const control = new AbortController();
    const events = await desk.events(john, { signal: control.signal });
    if (events === "too_many") throw new Error(events);
    control.abort();
    const kinds: string[] = [];
    for await (const event of events) kinds.push(event.kind);
    expect(kinds).toEqual(["state"]);

    const slow = await listen(desk, john);
    await slow.next();
    for (let n = 0; n < 300; n += 1) await desk.accept(john, { id: `message-${n}`, text: "Hi" });
    expect(await slow.next()).toMatchObject({ done: true });
  });
});

describe("proving a number", () => {
  test("makes the visitor's conversation and the number's one, with everything in order", async () => {
    const chat = await openChat();
    const { desk, visitor, answer, who, tell } = chat;
    const phone = await texted(chat, "By text");
    const { turn } = await takeTurn(chat.ledger, phone.subjectId, { now: chat.clock.now() });
    await chat.ledger.settle({ settlement: settlementOf(turn), fence: 1, now: chat.clock.now() });
    const john = await visitor();
    await desk.accept(john, { id: "message-1", text: "On the web" });
    await answer(john, "Hello there");
    const events = await listen(desk, john);
    const code = await asks(chat, john);
    expect(
      await desk.confirmCode(john, { phone: "(415) 555-0100", code: `${code.slice(0, 3)} ${code.slice(3)}` }),
    ).toEqual({
      kind: "proven",
    });
    expect(await who(john)).toEqual(phone);
    await tell();
    const told = await take(events, 2);
    expect(told.at(-1)).toMatchObject({ kind: "state", state: { proven: true } });
    const names = (await chat.ledger.events.after(0, 1_000)).map(({ name }) => name);
    expect(names.filter((name) => name === "address_proven" || name === "subjects_merged")).toEqual([
      "address_proven",
      "subjects_merged",
    ]);
    expect(await desk.sendCode(john, { phone: JOHN, network: "192.0.2.1" })).toEqual({ kind: "proven" });
  });

  test("works for a visitor who has said nothing and a number nobody knows", async () => {
    const chat = await openChat();
    const john = await chat.visitor();
    const code = await asks(chat, john, "+447911123456");
    expect(await chat.desk.confirmCode(john, { phone: "+447911123456", code })).toEqual({ kind: "proven" });
    const subject = await chat.ledger.subjects.get(await chat.who(john));
    expect(subject?.addressKeys).toEqual(["tel:+447911123456", `web:${john.id}`]);
    await chat.desk.accept(john, { id: "message-1", text: "Hello" });
    expect((await chat.desk.history(john, { limit: 5 })).state.proven).toBe(true);
  });

  test("is refused for what no text reaches a person at", async () => {
    const { desk, visitor } = await openChat();
    const john = await visitor();
    for (const phone of ["+1 415 555", "+44 20 7946 0958", "+1 800 555 0100", "ACME", "anonymous", "", "12345"]) {
      expect(await desk.sendCode(john, { phone, network: "192.0.2.1" })).toEqual({ kind: "bad_number" });
      expect(await desk.confirmCode(john, { phone, code: "123456" })).toEqual({ kind: "bad_number" });
    }
  });

  test("loses and repeats nothing of what is told after the last thing that was seen before", async () => {
    const chat = await openChat();
    const { desk, visitor, answer } = chat;
    const phone = await texted(chat, "By text");
    const { turn } = await takeTurn(chat.ledger, phone.subjectId, { now: chat.clock.now() });
    await chat.ledger.settle({ settlement: settlementOf(turn), fence: 1, now: chat.clock.now() });
    await chat.ledger.take({ subjectId: phone.subjectId, holder: "one", leaseMs: 1, now: chat.clock.now() });
    const john = await visitor();
    await desk.accept(john, { id: "message-1", text: "One" });
    await answer(john, "Answer one");
    const { lastEventId = "" } = await desk.history(john, { limit: 5 });
    await desk.accept(john, { id: "message-2", text: "Two" });
    await answer(john, "Answer two");
    expect(await desk.confirmCode(john, { phone: JOHN, code: await asks(chat, john) })).toEqual({ kind: "proven" });
    await desk.accept(john, { id: "message-3", text: "Three" });
    await answer(john, "Answer three");
    const told = await take(await listen(desk, john, lastEventId), 3);
    expect(told.map((event) => (event.kind === "message" ? event.line.text : ""))).toEqual([
      "",
      "Answer two",
      "Answer three",
    ]);
  });

  test("takes a code once, in ten minutes, and five wrong ones at most", async () => {
    const chat = await openChat();
    const { desk, clock } = chat;
    const john = await chat.visitor();
    expect(await desk.confirmCode(john, { phone: JOHN, code: "123456" })).toEqual({ kind: "expired" });
    const code = await asks(chat, john);
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
    expect(await desk.confirmCode(john, { phone: JOHN, code: "what?" })).toEqual({ kind: "wrong" });
    for (let n = 0; n < 5; n += 1) {
      expect(await desk.confirmCode(john, { phone: JOHN, code: wrong })).toEqual({ kind: "wrong" });
    }
    expect(await desk.confirmCode(john, { phone: JOHN, code })).toEqual({ kind: "too_many" });
    const late = await asks(chat, john);
    clock.advance(600_001);
    expect(await desk.confirmCode(john, { phone: JOHN, code: late })).toEqual({ kind: "expired" });
  });

  test("sends a number three codes an hour, a visitor five, a network ten", async () => {
    const chat = await openChat();
    const { desk, clock, visitor } = chat;
    async function outcome(who: Visitor, phone: string, network: string): Promise<string> {
      return (await desk.sendCode(who, { phone, network })).kind;
    }
    for (let n = 0; n < 3; n += 1) expect(await outcome(await visitor(), JOHN, `192.0.2.${n}`)).toBe("sent");
    const limited = await desk.sendCode(await visitor(), { phone: JOHN, network: "192.0.2.9" });
    expect(limited).toMatchObject({ kind: "limited" });
    expect(limited.kind === "limited" && limited.retryAt > clock.now() + 3_500_000).toBe(true);

    const one = await visitor();
    for (let n = 0; n < 5; n += 1) expect(await outcome(one, number(n), `198.51.100.${n}`)).toBe("sent");
    expect(await outcome(one, number(9), "198.51.100.9")).toBe("limited");

    for (let n = 10; n < 20; n += 1) expect(await outcome(await visitor(), number(n), "203.0.113.1")).toBe("sent");
    expect(await outcome(await visitor(), number(30), "203.0.113.1")).toBe("limited");
    clock.advance(3_600_001);
    expect(await outcome(await visitor(), number(30), "203.0.113.1")).toBe("sent");
    // The network address itself is kept nowhere.
    expect(JSON.stringify(await chat.ledger.lifeCycle.gather(await chat.who(one)))).not.toContain("198.51.100");
  });

  test("tells nobody that a number does not want texts, and sends none", async () => {
    const chat = await openChat();
    await texted(chat, "STOP");
    const john = await chat.visitor();
    expect(await chat.desk.sendCode(john, { phone: JOHN, network: "192.0.2.1" })).toMatchObject({ kind: "sent" });
    expect(await chat.send(await chat.who(john))).toEqual([]);
  });

  test("never makes one person of two who share a computer", async () => {
    const chat = await openChat();
    const john = await chat.visitor();
    await chat.desk.confirmCode(john, { phone: JOHN, code: await asks(chat, john) });
    const other = { phone: "+447911123456", network: "192.0.2.1" };
    expect(await chat.desk.sendCode(john, other)).toEqual({ kind: "other_number" });
    expect(await chat.desk.confirmCode(john, { ...other, code: "123456" })).toEqual({ kind: "other_number" });
  });

  test("waits for somebody who is busy, and a code that was right need not be given again", async () => {
    let busy = true;
    const chat = await openChat({
      async joinAddress() {
        chat.clock.advance(6_000);
        return busy ? "busy" : "joined";
      },
    });
    const john = await chat.visitor();
    const given = { phone: JOHN, code: await asks(chat, john) };
    const answer = await chat.desk.confirmCode(john, given);
    if (answer.kind !== "busy") throw new Error(answer.kind);
    busy = false;
    expect(await chat.desk.confirmCode(john, given)).toEqual({ kind: "spent" });
    const jane = await chat.visitor();
    await chat.desk.accept(jane, { id: "message-1", text: "Hello" });
    expect(await chat.desk.confirmCode(jane, { ...given, proof: answer.proof })).toEqual({ kind: "expired" });
    expect(await chat.desk.confirmCode(john, { ...given, proof: `${answer.proof}x` })).toEqual({ kind: "spent" });
    expect(await chat.desk.confirmCode(john, { ...given, proof: answer.proof })).toEqual({ kind: "proven" });
    chat.clock.advance(600_001);
    expect(await chat.desk.confirmCode(john, { ...given, proof: answer.proof })).not.toEqual({ kind: "proven" });
  });
});

/** Asks for a code and reads it in the text that was sent. */
async function asks(chat: Chat, visitor: Visitor, phone = JOHN): Promise<string> {
  const wish = { phone, network: "192.0.2.1", host: "acme.example" };
  expect(await chat.desk.sendCode(visitor, wish)).toEqual({ kind: "sent", expiresInMs: 600_000 });
  const [row] = (await chat.send(await chat.who(visitor))).filter(({ channel }) => channel === "sms");
  expect(row).toMatchObject({ to: phone, from: phone.startsWith("+44") ? "+442071838750" : "+14155550199" });
  const code = /^(\d{6}) is your code for Acme\. Never share it\.\n\n@acme\.example #\1$/u.exec(row?.body ?? "")?.[1];
  if (code === undefined) throw new Error(`no code in ${row?.body}`);
  return code;
}

/** Somebody texts to the business. */
async function texted(chat: Chat, words: string): Promise<SubjectRef> {
  const customer = { number: JOHN, addressKey: `tel:${JOHN}`, alias: `phone_${JOHN.slice(1)}` };
  const { subjectId } = await chat.ledger.accept(text(customer, words, { session: clocks, now: chat.clock.now() }));
  return { tenant: acme, subjectId };
}

/** One of many mobile numbers. */
function number(n: number): string {
  return `+1415555${String(2_000 + n)}`;
}
