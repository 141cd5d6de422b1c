import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openChatDesk, type ChatDesk } from "../../src/app/chat.ts";
import type { ChatDeskParts } from "../../src/app/chat/desk-parts.ts";
import { configFrom } from "../../src/app/config.ts";
import { openIdentity } from "../../src/app/identity.ts";
import { openTenants } from "../../src/app/tenants.ts";
import { webChannel } from "../../src/channels/web.ts";
import { newOutboxId, tenantId, type SubjectRef } from "../../src/core/ids.ts";
import type { Item } from "../../src/core/item.ts";
import type { OutboxRow } from "../../src/core/outbox.ts";
import type { Ledger } from "../../src/core/ports/ledger.ts";
import type { BoundTurn } from "../../src/core/turn-record.ts";
import type { ChatEvent, Visitor } from "../../src/http/chat-parts.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite.ts";
import { openSqliteStore, sqliteStorePart } from "../../src/stores/sqlite.ts";
import { settlementOf, takeTurn } from "../../src/testing/ledger/stage.ts";
import { movableClock, type MovableClock } from "./movable-clock.ts";
import { BUSINESS } from "./numbers.ts";

/** The business that has the chat. */
export const acme = tenantId("acme");

/** A chat desk on a ledger and a store of its own, without the loops: turns are answered by hand. */
export interface Chat {
  readonly desk: ChatDesk;
  readonly ledger: Ledger;
  readonly clock: MovableClock;
  /** Whose work or outbox was said to have something new. */
  readonly woken: readonly string[];
  /** A visitor nobody has met, with their token. */
  readonly visitor: () => Promise<Visitor & { readonly token: string }>;
  /** Whose conversation a visitor is in; fails before the first message. */
  readonly who: (visitor: Visitor) => Promise<SubjectRef>;
  /** Answers what a visitor's conversation has pending: the words as they come, then the whole, sent. */
  readonly answer: (
    visitor: Visitor,
    words: string,
    options?: { readonly items?: readonly Item[] },
  ) => Promise<BoundTurn>;
  /** Sends what waits in an outbox: texts to visitors are shown, others are only returned. */
  readonly send: (who: SubjectRef) => Promise<readonly OutboxRow[]>;
  /** Tells the desk of everything that has happened so far. */
  readonly tell: () => Promise<void>;
}

/** Opens a chat desk, with some of its parts changed. */
export async function openChat(changed: Partial<ChatDeskParts> = {}): Promise<Chat> {
  const folder = await mkdtemp(join(tmpdir(), "continuo-chat-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const clock = movableClock();
  const ledger = await openSqliteLedger({ file: join(folder, "continuo.db"), parts: [sqliteStorePart] });
  onTestFinished(() => ledger[Symbol.asyncDispose]());
  const store = openSqliteStore(ledger);
  const given = {
    tenants: {
      acme: {
        name: "Acme",
        numbers: [BUSINESS, "+442071838750"],
        country: "US",
        chat: { origins: ["https://acme.example"] },
      },
      other: { numbers: ["+14155550198"], chat: false },
    },
  };
  const { tenants } = openTenants(configFrom({ DEFAULT_TENANT_ID: "acme" }).config, {
    found: { file: "continuo.config.ts", given },
    agents: [],
  });
  const identity = openIdentity({
    ledger,
    store,
    clock,
    resolverOf: () => undefined,
    onFailure: fail,
    onMoved: () => undefined,
    onDelayed: fail,
  });
  onTestFinished(() => identity[Symbol.asyncDispose]());
  const woken: string[] = [];
  const desk = openChatDesk({
    ledger,
    store,
    clock,
    tenants,
    joinAddress: async (wish) => ((await identity.joinAddress(wish)).kind === "joined" ? "joined" : "busy"),
    onText: (subjectId) => woken.push(`text ${subjectId}`),
    onReply: (subjectId) => woken.push(`reply ${subjectId}`),
    onWork: (subjectId) => woken.push(`work ${subjectId}`),
    onCommit: () => undefined,
    onError: fail,
    ...changed,
  });
  const channel = webChannel(desk.desk);
  let told = 0;

  return {
    desk,
    ledger,
    clock,
    woken,
    async visitor() {
      const token = await desk.hello(acme);
      const visitor = await desk.visitor(acme, token);
      if (visitor === undefined) throw new Error("the token is not known");
      return { ...visitor, token };
    },
    who,
    send,
    async answer(visitor, words, { items } = {}) {
      const { subjectId } = await who(visitor);
      const now = clock.now();
      const { turn, fence } = await takeTurn(ledger, subjectId, { now });
      const sink = desk.sinkFor(visitor.id, turn.id);
      for (const piece of words.split(/(?<= )/u)) sink.write(piece);
      const reply = { kind: "text", channel: "web", to: visitor.id, from: "web", parts: [words] } as const;
      const settlement = settlementOf(turn, { replies: [{ reply, ids: [newOutboxId(now)] }] });
      const said = turn.rows.flatMap(({ body }): readonly Item[] =>
        body.kind === "text" ? [{ kind: "customer", channel: body.channel, text: body.text }] : [],
      );
      const { seq } = await store.load(turn, { turns: 0 });
      await store.append({
        ...turn,
        turnId: turn.id,
        fence,
        expectedSeq: seq,
        at: now,
        items: [...said, ...(items ?? [{ kind: "agent", channel: "web", text: words, status: "complete" } as const])],
        settlement,
      });
      await ledger.settle({ settlement, fence, now });
      await ledger.take({ subjectId, holder: "one", leaseMs: 1, now });
      await send(turn);
      return turn;
    },
    async tell() {
      for (const event of await ledger.events.after(told, 1_000)) {
        told = event.seq;
        desk.heard(event);
      }
    },
  };

  async function who(visitor: Visitor): Promise<SubjectRef> {
    const subjectId = await ledger.subjects.find(visitor.tenant, `web:${visitor.id}`);
    if (subjectId === undefined) throw new Error("the visitor has said nothing yet");
    return { tenant: visitor.tenant, subjectId };
  }

  async function send({ subjectId }: SubjectRef): Promise<readonly OutboxRow[]> {
    const sent: OutboxRow[] = [];
    for (;;) {
      const claim = await ledger.outbox.claim({ subjectId, now: clock.now(), ambiguousAfterMs: 10_000 });
      if (claim.kind !== "send") return sent;
      const { row } = claim;
      const providerId = row.id;
      const outcome =
        row.channel === "web"
          ? await channel.send(row, new AbortController().signal)
          : ({ kind: "sent", providerId } as const);
      await ledger.outbox.record({ id: row.id, outcome, now: clock.now() });
      sent.push(row);
    }
  }
}

/** The next events of a stream. */
export async function take(events: AsyncIterator<ChatEvent>, count: number): Promise<readonly ChatEvent[]> {
  const taken: ChatEvent[] = [];
  while (taken.length < count) {
    const { done, value } = await events.next();
    if (done === true) throw new Error(`the stream ended after ${taken.length} events`);
    taken.push(value);
  }
  return taken;
}

/** Opens a stream of a visitor's events that ends with the test. */
export async function listen(
  desk: ChatDesk,
  visitor: Visitor,
  lastEventId?: string,
): Promise<AsyncIterator<ChatEvent>> {
  const control = new AbortController();
  onTestFinished(() => control.abort());
  const events = await desk.events(visitor, {
    signal: control.signal,
    ...(lastEventId === undefined ? {} : { lastEventId }),
  });
  if (events === "too_many") throw new Error("there are too many streams");
  return events[Symbol.asyncIterator]();
}

function fail(error: unknown): never {
  throw error;
}
