import {
  newInboxId,
  newOutboxId,
  newTurnId,
  callSid,
  tenantId,
  type CallSid,
  type SubjectId,
  type SubjectRef,
} from "../../core/ids.ts";
import type { Arrival, Ledger, SpokenArrival, Taken } from "../../core/ports/ledger.ts";
import type { SessionClocks } from "../../core/session.ts";
import type { BoundTurn, Settlement } from "../../core/turn-record.ts";

/** Where the tests of one contract play: one ledger for most of them, a new one for those that look at all of it. */
export interface Stage {
  readonly ledger: () => Ledger;
  readonly fresh: () => Promise<Ledger>;
  /** Registers a test, unless the adapter declared it as a gap. */
  readonly test: (sentence: string, run: () => Promise<void>) => void;
}

/** The moment at which the tests begin, in milliseconds since 1970. */
export const noon = 1_790_000_000_000;
/** Our number. */
export const ours = "+14155550000";
/** The clocks of the sessions that begin here. */
export const clocks: SessionClocks = { idleMs: 1_800_000, closeMs: 86_400_000 };
/** The business that the tests play in. */
export const tenant = tenantId("acme");

/** A subject of that business. */
export function ref(subjectId: SubjectId): SubjectRef {
  return { tenant, subjectId };
}

/** Somebody with a number of their own. */
export interface Customer {
  readonly number: string;
  readonly addressKey: string;
  readonly alias: string;
}

let customers = 0;
let messages = 0;
let calls = 0;

/** A customer nobody has met. */
export function newCustomer(): Customer {
  customers += 1;
  const number = `+1415${String(5_000_000 + customers)}`;
  return { number, addressKey: `tel:${number}`, alias: `phone_${number.slice(1)}` };
}

/** A text of a customer. */
export function text(customer: Customer, words: string, change: Partial<Arrival> = {}): Arrival {
  messages += 1;
  const providerId = change.providerId ?? `SM${String(messages).padStart(32, "0")}`;
  return {
    tenant,
    addressKey: customer.addressKey,
    alias: customer.alias,
    providerId,
    body: { kind: "text", channel: "sms", from: customer.number, to: ours, text: words, media: [], providerId },
    limits: { perMinute: 0, perDay: 0 },
    limitNotice: "One moment, please.",
    surveyNotice: "Thank you.",
    answerable: true,
    session: clocks,
    now: noon,
    ...change,
  };
}

/** Accepts a text and tells whose it is. */
export async function says(ledger: Ledger, customer: Customer, words: string): Promise<SubjectId> {
  return (await ledger.accept(text(customer, words))).subjectId;
}

/** Takes a turn that must be there. */
export async function takeTurn(
  ledger: Ledger,
  subjectId: SubjectId,
  change: { readonly holder?: string; readonly now?: number } = {},
): Promise<Extract<Taken, { kind: "turn" }>> {
  const taken = await ledger.take({ subjectId, holder: "one", leaseMs: 10_000, now: noon, ...change });
  if (taken.kind !== "turn") throw new Error(`a turn was expected, not ${taken.kind}`);
  return taken;
}

/** A settlement that consumes all of a turn's rows. */
export function settlementOf(turn: BoundTurn, change: Partial<Settlement> = {}): Settlement {
  return {
    turnId: turn.id,
    subjectId: turn.subjectId,
    tenant: turn.tenant,
    outcome: "replied",
    consumed: turn.rows.map((row) => row.id),
    dead: [],
    replies: [],
    openCalls: [],
    events: [],
    ...change,
  };
}

/** A reply by text, in parts, with the ids of its rows. */
export function textReply(customer: Customer, ...parts: readonly string[]): Settlement["replies"][number] {
  return {
    reply: { kind: "text", channel: "sms", to: customer.number, from: ours, parts },
    ids: parts.map(() => newOutboxId(noon)),
  };
}

/** A reply by voice. */
export function voiceReply(call: CallSid, words: string, spoken: boolean): Settlement["replies"][number] {
  return { reply: { kind: "voice", callSid: call, text: words, spoken }, ids: [newOutboxId(noon)] };
}

/** Lets a text of the customer be answered, which leaves the parts in the outbox. */
export async function answered(ledger: Ledger, customer: Customer, ...parts: readonly string[]) {
  const subjectId = await says(ledger, customer, "Where is my order?");
  const { turn, fence } = await takeTurn(ledger, subjectId);
  const settlement = settlementOf(turn, { replies: [textReply(customer, ...parts)] });
  const settled = await ledger.settle({ settlement, fence, now: noon });
  return { subjectId, turn, fence, settlement, settled, ids: settlement.replies.flatMap(({ ids }) => ids) };
}

/** A call that nobody has heard of. */
export function newCallSid(): CallSid {
  calls += 1;
  return callSid(`CA${String(calls).padStart(32, "0")}`);
}

/** Lets a call of the customer ring. */
export async function rings(
  ledger: Ledger,
  customer: Customer,
  change: { readonly session?: SessionClocks; readonly now?: number } = {},
) {
  return await ledger.calls.open({
    callSid: newCallSid(),
    tenant,
    addressKey: customer.addressKey,
    alias: customer.alias,
    from: customer.number,
    to: ours,
    direction: "inbound",
    tokenHash: "a".repeat(64),
    greeting: "Good day.",
    session: clocks,
    resume: false,
    now: noon,
    ...change,
  });
}

/** Lets a call ring and connects it. */
export async function calling(
  ledger: Ledger,
  customer: Customer,
  change: { readonly holder?: string; readonly session?: SessionClocks } = {},
) {
  const { session = clocks, ...connection } = change;
  const { callSid: sid } = await rings(ledger, customer, { session });
  return await connected(ledger, sid, connection);
}

/** Connects a call that rings or was lost. */
export async function connected(
  ledger: Ledger,
  sid: CallSid,
  change: { readonly holder?: string; readonly now?: number; readonly sessionId?: string } = {},
) {
  const request = { callSid: sid, sessionId: "VX1", holder: "one", leaseMs: 10_000, now: noon, ...change };
  const connection = await ledger.calls.connect(request);
  if (connection === undefined) throw new Error("the call is over");
  return connection;
}

/** What a caller says on a connected call. */
export function speech(
  connection: Awaited<ReturnType<typeof connected>>,
  words: string,
  change: Partial<SpokenArrival> = {},
): SpokenArrival {
  messages += 1;
  const { call, fence } = connection;
  return {
    subjectId: call.subjectId,
    callSid: call.callSid,
    epoch: call.epoch,
    fence,
    holder: "one",
    turnId: newTurnId(noon),
    inboxId: newInboxId(noon),
    key: `frame-${messages}`,
    body: { kind: "speech", callSid: call.callSid, text: words },
    now: noon,
    ...change,
  };
}

/** The words of a turn's texts and speech. */
export function wordsOf(turn: BoundTurn): readonly string[] {
  return turn.rows.map(({ body }) => (body.kind === "text" || body.kind === "speech" ? body.text : body.kind));
}

/** The names of what happened to a subject, in order. */
export async function eventsOf(ledger: Ledger, subjectId: SubjectId): Promise<readonly string[]> {
  const events = await ledger.events.after(0, 100_000);
  return events.filter((event) => event.subjectId === subjectId).map((event) => event.name);
}
