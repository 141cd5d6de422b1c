import type { ContinuoError } from "../../core/errors.ts";
import type { RecordedEvent } from "../../core/events.ts";
import type { InboxId, OutboxId, SubjectId, TurnId } from "../../core/ids.ts";
import type { OutboxRow } from "../../core/outbox.ts";
import type { Accepted } from "../../core/ports/ledger.ts";
import type { Outcome, Settlement } from "../../core/turn-record.ts";

/**
 * What became of a message. How its turn ended (`replied`, `failed`, `held` while an operator has the conversation,
 * `awaiting_approval`, `refused`, `recorded` for what is only kept), or why there was none: `limited` (it is answered
 * with a later one), `stop`, `start`, `help`, `opted_out`, `survey` (it was the answer to the survey), `unanswerable`
 * (nobody can be written to there), `duplicate`; or why the reply did not go out: `suppressed` (an operator took over,
 * or the customer opted out), `undelivered`.
 */
export type MessageOutcome =
  | Outcome
  | Extract<Accepted, { kind: "recorded" }>["reason"]
  | "duplicate"
  | "suppressed"
  | "undelivered";

/** What came of a message: the reply, or why there is none. */
export interface Answer {
  readonly outcome: MessageOutcome;
  /** Empty when nothing was said. */
  readonly text: string;
}

/** Who waits for what. Of one subject nobody waits for two things at once. */
export interface Replies {
  /** Waits for what becomes of an accepted row. Rejects with the signal's reason when it aborts; the row is answered all the same. */
  toRow(row: { readonly subjectId: SubjectId; readonly inboxId: InboxId }, signal?: AbortSignal): Promise<Answer>;
  /** Waits for the turn that `isMine` knows, which may take its time to find out. */
  toTurn(
    turn: { readonly subjectId: SubjectId; readonly isMine: (settlement: Settlement) => Promise<boolean> },
    signal?: AbortSignal,
  ): Promise<Answer>;
  /** Waits for one of the sentences that the line itself says; empty when it may not be said. Ask before it can be. */
  notice(subjectId: SubjectId, sentences: readonly string[]): Notice;
  /** A turn was settled; its replies go out after this. */
  settled(settlement: Settlement): void;
  /** A part of a reply went out; false when nobody waits for it. */
  sent(row: OutboxRow): boolean;
  /** Something happened; it may say that a reply will not come. */
  heard(event: RecordedEvent): void;
  /** Nobody waits any more: for a subject who is gone, or for anybody when it all ends. */
  end(why: ContinuoError, subjectId?: SubjectId): void;
}

/** A sentence of the line itself that is waited for. */
export interface Notice {
  readonly text: Promise<string>;
  /** Waits no more. */
  readonly forget: () => void;
}

interface Waiting {
  readonly subjectId: SubjectId;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (why: unknown) => void;
  readonly row?: InboxId;
  readonly isMine?: (settlement: Settlement) => Promise<boolean>;
}

/** A turn that is settled and whose reply is on its way. */
interface OnItsWay {
  readonly waiting: Waiting;
  readonly outcome: Outcome;
  readonly parts: readonly OutboxId[];
  readonly texts: Map<OutboxId, string>;
}

/** Nobody waits yet. */
export function openReplies(): Replies {
  const waitings = new Set<Waiting>();
  const onTheirWay = new Map<TurnId, OnItsWay>();
  const notices = new Map<
    SubjectId,
    { readonly sentences: readonly string[]; readonly tell: (text: string) => void }
  >();
  return {
    toRow: ({ subjectId, inboxId }, signal) => wait({ subjectId, row: inboxId }, signal),
    toTurn: (turn, signal) => wait(turn, signal),
    notice(subjectId, sentences) {
      const { promise: text, resolve: tell } = Promise.withResolvers<string>();
      notices.set(subjectId, { sentences, tell });
      return { text, forget: () => notices.delete(subjectId) };
    },
    settled(settlement) {
      const rows = new Set([...settlement.consumed, ...settlement.dead]);
      for (const waiting of waitings) {
        if (waiting.row !== undefined && rows.has(waiting.row)) goesOn(waiting, settlement);
        const isMine = waiting.subjectId === settlement.subjectId ? waiting.isMine : undefined;
        isMine?.(settlement).then((mine) => {
          if (mine) goesOn(waiting, settlement);
        }, waiting.reject);
      }
    },
    sent(row) {
      if (row.turnId === undefined) return told(row.subjectId, row.body);
      const reply = onTheirWay.get(row.turnId);
      if (reply === undefined || !reply.parts.includes(row.id)) return false;
      reply.texts.set(row.id, row.body);
      if (reply.texts.size < reply.parts.length) return true;
      onTheirWay.delete(row.turnId);
      const text = reply.parts.map((part) => reply.texts.get(part) ?? "").join(" ");
      reply.waiting.resolve({ outcome: reply.outcome, text });
      return true;
    },
    heard({ name, turnId, subjectId }) {
      const outcome = lost.get(name);
      if (outcome === undefined) return;
      if (turnId === undefined) {
        if (subjectId !== undefined) notices.get(subjectId)?.tell("");
        return;
      }
      onTheirWay.get(turnId)?.waiting.resolve({ outcome, text: "" });
      onTheirWay.delete(turnId);
    },
    end(why, subjectId) {
      for (const waiting of waitings) {
        if (subjectId === undefined || waiting.subjectId === subjectId) waiting.reject(why);
      }
      for (const [whose, { tell }] of notices) if (subjectId === undefined || whose === subjectId) tell("");
    },
  };

  async function wait(asked: Omit<Waiting, "resolve" | "reject">, signal: AbortSignal | undefined): Promise<Answer> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const waiting: Waiting = { ...asked, resolve, reject };
    function giveUp(): void {
      reject(signal?.reason);
    }
    waitings.add(waiting);
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      return await promise;
    } finally {
      waitings.delete(waiting);
      for (const [turnId, reply] of onTheirWay) if (reply.waiting === waiting) onTheirWay.delete(turnId);
      signal?.removeEventListener("abort", giveUp);
    }
  }

  /** What was asked for is decided; what is to be sent is waited for. */
  function goesOn(waiting: Waiting, settlement: Settlement): void {
    const { outcome, turnId, replies } = settlement;
    const parts = replies.flatMap(({ reply, ids }) => (reply.kind === "text" ? ids : []));
    const spoken = replies.flatMap(({ reply }) => (reply.kind === "voice" ? [reply.text] : []));
    if (parts.length === 0) waiting.resolve({ outcome, text: spoken.join(" ") });
    else onTheirWay.set(turnId, { waiting, outcome, parts, texts: new Map() });
  }

  function told(subjectId: SubjectId, text: string): boolean {
    const notice = notices.get(subjectId);
    if (notice === undefined || !notice.sentences.includes(text)) return false;
    notice.tell(text);
    return true;
  }
}

const lost: ReadonlyMap<RecordedEvent["name"], "suppressed" | "undelivered"> = new Map([
  ["message_suppressed", "suppressed"],
  ["message_undelivered", "undelivered"],
  ["delivery_unknown", "undelivered"],
]);
