import { ContinuoError } from "../../src/core/errors.ts";
import { newFactId, newMergeId, newOutboxId, newTurnId } from "../../src/core/ids.ts";
import { emptyMemory } from "../../src/core/memory.ts";
import { clocks, newCallSid, noon, text } from "../../src/testing/ledger/stage.ts";
import { other, type TwoTenants } from "./two-tenants.ts";

/** One thing that a business asks for although it is another's. */
export interface ForeignAsk {
  readonly ask: (world: TwoTenants) => Promise<unknown>;
  /** What it gets. */
  readonly gets: (world: TwoTenants) => unknown;
}

/** A foreign ask for each method by its name, or why there is nobody to ask for. */
export type ForeignAsks = Readonly<Record<string, ForeignAsk | string>>;

/** For every method of the store. */
export const storeAsks: ForeignAsks = {
  load: gets(
    ({ store, stranger }) => store.load(stranger, { turns: 20, unfolded: 20 }),
    () => ({ entries: [], seq: 0, fence: 0, turns: 0, session: undefined, memory: emptyMemory }),
  ),
  settlementOf: gets(({ store, stranger, turnId }) => store.settlementOf(stranger, turnId)),
  raiseFence: refused(({ store, stranger }) => store.raiseFence(stranger, 99)),
  append: refused(({ store, stranger, sessionId }) => {
    const turnId = newTurnId(noon);
    return store.append({
      ...stranger,
      turnId,
      session: sessionId,
      fence: 99,
      expectedSeq: 1,
      at: noon,
      items: [{ kind: "customer", channel: "sms", text: "I was never here" }],
      settlement: {
        ...stranger,
        turnId,
        outcome: "replied",
        consumed: [],
        dead: [],
        replies: [],
        openCalls: [],
        events: [],
      },
    });
  }),
  page: gets(
    ({ store, stranger }) => store.page(stranger, { limit: 100 }),
    () => [],
  ),
  memory: gets(
    ({ store, stranger }) => store.memory(stranger),
    () => emptyMemory,
  ),
  remember: refused(({ store, stranger }) => {
    const fact = {
      id: newFactId(noon),
      type: "fact",
      about: "nothing",
      content: "not theirs",
      confidence: 1,
      source: { kind: "person", by: "stranger" },
      at: noon,
    } as const;
    return store.remember(stranger, { ...emptyMemory, version: 1, facts: [fact] });
  }),
  trim: gets(
    ({ store, stranger }) => store.trim(stranger, { throughSeq: 1 }),
    () => 0,
  ),
  merge: refused(({ store, stranger, theirs }) =>
    store.merge({
      tenant: other,
      mergeId: newMergeId(noon),
      into: theirs.subjectId,
      from: stranger.subjectId,
      seqs: { into: 0, from: 1 },
      versions: { into: 0, from: 1 },
      order: ["from"],
      memory: emptyMemory,
    }),
  ),
  split: refused(({ store, stranger, merged }) =>
    store.split({ tenant: other, mergeId: merged.mergeId, into: stranger.subjectId, memory: emptyMemory }),
  ),
  forget: gets(({ store, stranger }) => store.forget(stranger)),
};

const byOwnIds = "asked by ids of the program's own work, which never come from outside";
const byProvider = "asked by the provider's id, of which each belongs to one tenant";
const ofAll = "about the installation, and holds nobody's data";

/** For every method of the ledger and of its ports. */
export const ledgerAsks: ForeignAsks = {
  accept: gets(
    async ({ ledger, customer }) => (await ledger.accept(text(customer, "Me again", { tenant: other }))).subjectId,
    ({ theirs }) => theirs.subjectId,
  ),
  note: refused(({ ledger, stranger }) => {
    const turnId = newTurnId(noon);
    const body = { kind: "heard", callSid: newCallSid(), turnId, text: "not theirs" } as const;
    return ledger.note({ ...stranger, key: `heard/${turnId}`, body, treatment: "record", now: noon });
  }),
  take: byOwnIds,
  acceptSpoken: byOwnIds,
  settle: byOwnIds,
  supersede: byOwnIds,
  failAttempt: byOwnIds,
  fireTimer: byOwnIds,
  health: ofAll,

  "subjects.find": gets(({ ledger, secret }) => ledger.subjects.find(other, secret.customer.addressKey)),
  "subjects.findOrMake": gets(
    ({ ledger, customer: { addressKey, alias } }) =>
      ledger.subjects.findOrMake({ tenant: other, addressKey, alias, session: clocks, now: noon }),
    ({ theirs }) => theirs.subjectId,
  ),
  "subjects.get": gets(({ ledger, stranger }) => ledger.subjects.get(stranger)),
  "subjects.whose": byOwnIds,
  "subjects.recent": gets(
    async ({ ledger }) => (await ledger.subjects.recent(other, 100)).map(({ id }) => id),
    ({ theirs }) => [theirs.subjectId],
  ),
  "subjects.join": refused(({ ledger, stranger }) => ledger.subjects.join({ ...stranger, addressKey: "web:stranger" })),

  "consent.optedOut": gets(({ ledger, secret }) => ledger.consent.optedOut(other, secret.customer.addressKey)),

  "owner.get": gets(
    ({ ledger, stranger }) => ledger.owner.get(stranger),
    () => "agent",
  ),
  "owner.change": gets(
    ({ ledger, stranger }) => ledger.owner.change({ ...stranger, from: "operator", to: "agent", now: noon }),
    () => false,
  ),

  "events.add": ofAll,
  "events.latest": ofAll,
  "events.after": ofAll,

  "sessions.current": gets(({ ledger, stranger }) => ledger.sessions.current(stranger)),
  "sessions.list": gets(
    ({ ledger, stranger }) => ledger.sessions.list(stranger, 100),
    () => [],
  ),
  "sessions.get": gets(({ ledger, stranger, sessionId }) =>
    ledger.sessions.get({ tenant: stranger.tenant, sessionId }),
  ),
  "sessions.change": gets(({ ledger, stranger }) =>
    ledger.sessions.change({ ...stranger, cause: "closed", by: "stranger", now: noon }),
  ),

  "resolutions.of": gets(
    ({ ledger, stranger }) => ledger.resolutions.of(stranger, "crm"),
    () => [],
  ),
  "resolutions.keep": refused(({ ledger, stranger, customer }) =>
    ledger.resolutions.keep({
      ...stranger,
      addressKey: customer.addressKey,
      resolver: "crm",
      answer: { kind: "found", foundKey: "ext:crm:stranger" },
      nextAt: noon,
      now: noon,
    }),
  ),
  "resolutions.part": gets(({ ledger, stranger }) =>
    ledger.resolutions.part({ tenant: other, subjects: [stranger.subjectId], now: noon }),
  ),

  "inbox.waiting": byOwnIds,
  "inbox.pending": gets(
    ({ ledger, stranger }) => ledger.inbox.pending(stranger),
    () => [],
  ),
  "inbox.depth": ofAll,

  "lanes.renew": byOwnIds,
  "lanes.free": byOwnIds,
  "lanes.spoke": byOwnIds,

  "toolCalls.claim": byOwnIds,
  "toolCalls.finish": byOwnIds,
  "toolCalls.record": byOwnIds,
  "toolCalls.expire": byOwnIds,
  "toolCalls.ofTurn": byOwnIds,

  "timers.set": byOwnIds,
  "timers.cancel": byOwnIds,
  "timers.nextAt": ofAll,

  "outbox.claim": byOwnIds,
  "outbox.record": byOwnIds,
  "outbox.resolve": byOwnIds,
  "outbox.callback": byProvider,
  "outbox.due": byOwnIds,
  "outbox.of": gets(
    ({ ledger, stranger }) => ledger.outbox.of(stranger),
    () => [],
  ),
  "outbox.takeSpeech": byOwnIds,

  "calls.open": gets(
    async ({ ledger, customer: { addressKey, alias, number } }) => {
      const call = await ledger.calls.open({
        callSid: newCallSid(),
        tenant: other,
        addressKey,
        alias,
        from: number,
        to: "+14155559999",
        direction: "inbound",
        tokenHash: "b".repeat(64),
        greeting: "",
        session: clocks,
        resume: false,
        now: noon,
      });
      await ledger.calls.end({ callSid: call.callSid, now: noon });
      return call.subjectId;
    },
    ({ theirs }) => theirs.subjectId,
  ),
  "calls.get": byProvider,
  "calls.connect": byProvider,
  "calls.drop": byProvider,
  "calls.loseOthers": byOwnIds,
  "calls.end": byProvider,
  "calls.keepDigits": byProvider,

  "merges.merge": gets(
    async ({ ledger, stranger, theirs }) => {
      const wish = { tenant: other, mergeId: newMergeId(noon), reason: "mine", by: "stranger", now: noon };
      const into = await ledger.merges.merge({ ...wish, into: theirs.subjectId, from: stranger.subjectId });
      const from = await ledger.merges.merge({ ...wish, into: stranger.subjectId, from: theirs.subjectId });
      return [into.kind, from.kind];
    },
    () => ["refused", "refused"],
  ),
  "merges.split": gets(
    ({ ledger, merged }) => ledger.merges.split({ tenant: other, mergeId: merged.mergeId, by: "stranger", now: noon }),
    () => ({ kind: "refused", why: "unknown" }),
  ),
  "merges.finish": byOwnIds,
  "merges.unfinished": byOwnIds,
  "merges.of": gets(
    ({ ledger, stranger }) => ledger.merges.of(stranger),
    () => [],
  ),
  // Whose it became is not told: the id stands for itself.
  "merges.resolve": gets(
    ({ ledger, merged }) => ledger.merges.resolve({ tenant: other, subjectId: merged.subjectId }),
    ({ merged }) => merged.subjectId,
  ),

  "codes.issue": refused(({ ledger, stranger, customer }) =>
    ledger.codes.issue({
      tenant: other,
      key: `web:stranger/${customer.addressKey}`,
      counted: [],
      most: 5,
      windowMs: 1_000,
      codeHash: "b".repeat(64),
      expiresAt: noon + 1_000,
      text: {
        id: newOutboxId(noon),
        subjectId: stranger.subjectId,
        channel: "sms",
        to: customer.number,
        from: "+14155559999",
        addressKey: customer.addressKey,
        body: "not theirs",
      },
      now: noon,
    }),
  ),
  "codes.redeem": gets(
    ({ ledger, customer }) =>
      ledger.codes.redeem({
        tenant: other,
        key: `web:visitor/${customer.addressKey}`,
        codeHash: "a".repeat(64),
        mostTries: 5,
        now: noon,
      }),
    () => ({ kind: "refused", why: "unknown" }),
  ),

  "totals.counted": ofAll,
  "totals.add": byOwnIds,
  "totals.ofSubject": gets(
    ({ ledger, stranger }) => ledger.totals.ofSubject(stranger),
    () => ({}),
  ),
  "totals.ofDays": gets(
    ({ ledger }) => ledger.totals.ofDays(other, { from: "2000-01-01", to: "2100-01-01" }),
    () => [],
  ),

  "secrets.get": ofAll,
  "apiKeys.list": ofAll,
  "apiKeys.addFirst": ofAll,

  "lifeCycle.gather": gets(
    async ({ ledger, stranger }) => {
      const { subjects, tables } = await ledger.lifeCycle.gather(stranger);
      return [subjects, Object.values(tables).flat()];
    },
    () => [[], []],
  ),
  "lifeCycle.forget": gets(({ ledger, stranger }) => ledger.lifeCycle.forget({ ...stranger, by: "test", now: noon })),
  "lifeCycle.inactive": gets(
    ({ ledger }) => ledger.lifeCycle.inactive({ tenant: other, before: noon * 2, limit: 100 }),
    ({ theirs }) => [theirs.subjectId],
  ),
  "lifeCycle.closedBefore": gets(
    ({ ledger }) => ledger.lifeCycle.closedBefore({ tenant: other, before: noon * 2, limit: 100 }),
    () => [],
  ),
  "lifeCycle.dropSession": gets(
    ({ ledger, stranger, sessionId }) => ledger.lifeCycle.dropSession({ ...stranger, sessionId, now: noon }),
    () => 0,
  ),
  "lifeCycle.scrub": ofAll,
};

function gets(ask: ForeignAsk["ask"], expected: (world: TwoTenants) => unknown = () => undefined): ForeignAsk {
  return { ask, gets: expected };
}

/** It is told that there is nobody. */
function refused(ask: ForeignAsk["ask"]): ForeignAsk {
  return {
    ask: (world) =>
      ask(world).then(
        () => "not refused",
        (error: unknown) => (error instanceof ContinuoError ? error.code : error),
      ),
    gets: () => "not_found",
  };
}
