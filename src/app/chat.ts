import { webMessageId, type WebDesk } from "../channels/web.ts";
import type { EventName, RecordedEvent } from "../core/events.ts";
import type { SubjectId, SubjectRef, TenantId } from "../core/ids.ts";
import type { OutboxRow } from "../core/outbox.ts";
import type { ChatAccepted, ChatEvent, ChatFace, ChatParts, ChatState, Visitor } from "../http/chat-parts.ts";
import { subjectOf, visitorAlias, visitorKey, type ChatDeskParts } from "./chat/desk-parts.ts";
import { BEFORE_ALL, missedReplies, readHistory } from "./chat/history.ts";
import { lineOfRow } from "./chat/lines.ts";
import { liveChats, type LiveChats } from "./chat/live.ts";
import { businessName, confirmVisitorCode, sendVisitorCode, type ProvingParts } from "./chat/prove.ts";
import { newVisitorId, readToken, signToken } from "./chat/visitor-token.ts";
import type { TenantSettings } from "./tenant-settings.ts";
import { CHAT_ADDRESS } from "./tenants.ts";

/** The chat on web pages: for the server, for the loops, and for whoever tells what happens. */
export interface ChatDesk extends ChatParts {
  /** Where replies go. */
  readonly desk: WebDesk;
  /** Where the words of a turn go while they are made. */
  readonly sinkFor: LiveChats["sinkFor"];
  /** Takes in what happened, to tell whom it concerns. */
  heard(event: RecordedEvent): void;
}

const stateNames = new Set<EventName>(["session_started", "session_changed", "session_ended"]);

const DAY_MS = 86_400_000;
const TOKEN_LIFE_MS = 30 * DAY_MS;

/** The chat desk of all tenants. */
export function openChatDesk(parts: ChatDeskParts): ChatDesk {
  const { ledger, clock, tenants } = parts;
  const live = liveChats();
  let kept: string | undefined;
  const proving: ProvingParts = { ...parts, secret };
  return {
    desk: {
      deliver: (row) => live.deliver(row),
      typing: (visitorId) => live.tell(visitorId, { kind: "typing" }),
    },
    sinkFor: (visitorId, turnId) => live.sinkFor(visitorId, turnId),
    heard,

    face(name) {
      const tenant = name === undefined ? tenants.default : tenants.of(name);
      return tenant?.chat === undefined ? undefined : faceOf(tenant, tenant.chat);
    },
    hello: (tenant) => tokenFor(tenant, newVisitorId()),
    async visitor(tenant, token) {
      const read = readToken(token, tenant, await secret());
      const ageMs = clock.now() - (read?.issuedAt ?? 0);
      if (read === undefined || ageMs > TOKEN_LIFE_MS) return undefined;
      const visitor = { id: read.visitorId, tenant };
      return ageMs > DAY_MS ? { ...visitor, renewed: await tokenFor(tenant, visitor.id) } : visitor;
    },
    accept,
    async history(visitor, page) {
      const who = await subjectOf(parts, visitor);
      const state = await stateOf(who);
      if (who === undefined) return { lines: [], lastEventId: BEFORE_ALL, state };
      return { ...(await readHistory(parts, { who, visitor }, page)), state };
    },
    async events(visitor, { lastEventId, signal }) {
      // Open before anything is read: what happens meanwhile waits in the stream.
      const stream = live.open(visitor.id, signal);
      if (stream === undefined) return "too_many";
      const who = await subjectOf(parts, visitor);
      if (who !== undefined) live.belongs(visitor.id, who.subjectId);
      const state = await stateOf(who);
      const missed =
        who === undefined || lastEventId === undefined ? [] : await missedReplies(parts, { who, visitor }, lastEventId);
      return inOrder(state, missed, stream);
    },
    sendCode: (visitor, wish) => sendVisitorCode(proving, visitor, wish),
    async confirmCode(visitor, given) {
      const confirmed = await confirmVisitorCode(proving, visitor, given);
      if (confirmed.kind === "proven") await findAgain(visitor.tenant, [visitor.id]);
      return confirmed;
    },
  };

  async function accept(
    visitor: Visitor,
    message: { readonly id: string; readonly text: string },
  ): Promise<ChatAccepted> {
    const tenant = tenants.of(visitor.tenant) ?? tenants.default;
    const now = clock.now();
    const providerId = webMessageId(visitor.id, message.id);
    const text = message.text.trim();
    const accepted = await ledger.accept({
      tenant: visitor.tenant,
      addressKey: visitorKey(visitor.id),
      alias: visitorAlias(visitor.id),
      providerId,
      body: { kind: "text", channel: "web", from: visitor.id, to: CHAT_ADDRESS, text, media: [], providerId },
      limits: tenant.limits,
      limitNotice: tenant.notices.limited,
      surveyNotice: tenant.notices.surveyThanks,
      answerable: true,
      session: tenant.session,
      now,
    });
    live.belongs(visitor.id, accepted.subjectId);
    if (accepted.kind === "accepted") parts.onText(accepted.subjectId, now);
    if (accepted.kind === "recorded") {
      if (accepted.notified) parts.onReply(accepted.subjectId);
      if (accepted.reason !== "limited") parts.onWork(accepted.subjectId);
    }
    parts.onCommit();
    if (accepted.kind === "duplicate") return { kind: "duplicate" };
    live.tell(visitor.id, {
      kind: "message",
      line: { id: message.id, who: "customer", text, at: now, channel: "web" },
    });
    return accepted.kind === "accepted" ? { kind: "accepted" } : { kind: "kept", reason: accepted.reason };
  }

  function heard(event: RecordedEvent): void {
    live.heard(event);
    const { name, tenant, subjectId } = event;
    if (stateNames.has(name) && subjectId !== undefined) inBackground(tellState({ tenant, subjectId }));
    if (name === "subjects_merged" || name === "subject_split") inBackground(findAgain(tenant));
  }

  async function tellState(who: SubjectRef): Promise<void> {
    const visitors = live.visitors(who.subjectId);
    if (visitors.length === 0) return;
    const state = await stateOf(who);
    for (const visitor of visitors) live.tell(visitor, { kind: "state", state });
  }

  /** Whoever is here may be in another conversation than a moment ago. */
  async function findAgain(tenant: TenantId, visitors: readonly string[] = live.visitors()): Promise<void> {
    const subjects = new Set<SubjectId>();
    for (const id of visitors) {
      const who = await subjectOf(parts, { id, tenant });
      if (who === undefined) continue;
      live.belongs(id, who.subjectId);
      subjects.add(who.subjectId);
    }
    for (const subjectId of subjects) await tellState({ tenant, subjectId });
  }

  async function stateOf(who: SubjectRef | undefined): Promise<ChatState> {
    const subject = who === undefined ? undefined : await ledger.subjects.get(who);
    if (who === undefined || subject === undefined) return { answeredBy: "agent", session: "NEW", proven: false };
    const proven = subject.addressKeys.some((key) => key.startsWith("tel:"));
    return { answeredBy: await ledger.owner.get(who), session: subject.session, proven };
  }

  async function tokenFor(tenant: TenantId, visitorId: string): Promise<string> {
    return signToken({ tenant, visitorId }, { secret: await secret(), now: clock.now() });
  }

  async function secret(): Promise<string> {
    kept ??= await ledger.secrets.get("visitor");
    return kept;
  }

  function inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => parts.onError(error));
  }
}

function faceOf(tenant: TenantSettings, chat: NonNullable<TenantSettings["chat"]>): ChatFace {
  const name = businessName(tenant);
  return {
    tenant: tenant.id,
    origins: chat.origins,
    proof: tenant.numbers.some((number) => number.startsWith("+")),
    ...(name === undefined ? {} : { name }),
    ...(chat.title === undefined ? {} : { title: chat.title }),
    ...(chat.greeting === undefined ? {} : { greeting: chat.greeting }),
  };
}

/** How it stands, what was missed, then what happens; what is in two of them is told once. */
async function* inOrder(
  state: ChatState,
  missed: readonly OutboxRow[],
  stream: AsyncIterable<ChatEvent>,
): AsyncGenerator<ChatEvent, void> {
  const told = new Set<string>();
  yield { kind: "state", state };
  for (const row of missed) {
    told.add(row.id);
    yield { kind: "message", eventId: row.id, line: lineOfRow(row) };
  }
  for await (const event of stream) {
    const repeated = event.kind === "message" && event.eventId !== undefined && told.has(event.eventId);
    if (!repeated) yield event;
  }
}
