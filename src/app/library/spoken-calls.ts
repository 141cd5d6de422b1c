import { randomBytes } from "node:crypto";
import { ContinuoError } from "../../core/errors.ts";
import { callSid, type CallSid, type SubjectId } from "../../core/ids.ts";
import type { Settlement } from "../../core/turn-record.ts";
import type { Line } from "../line.ts";
import type { Platform } from "../platform.ts";
import type { TenantSettings } from "../tenants.ts";
import type { Answer, Replies } from "./replies.ts";
import { addressText, type Whom } from "./whom.ts";

/** What speaking stands on. */
export interface SpokenCallsParts {
  readonly platform: Pick<Platform, "ledger" | "store" | "clock" | "work">;
  readonly replies: Replies;
}

/** Something that a customer says. */
export interface Spoken {
  readonly tenant: TenantSettings;
  readonly whom: Whom;
  readonly text: string;
  /** Our number, as the caller dialled it. */
  readonly to: string;
}

/**
 * Phone calls without a phone: whoever hears and speaks is the program around. To everything else they are calls like
 * any other, on a line of their own, so that a spoken turn here is the spoken turn of a real call: its words are durable
 * before it is answered, its lane is the call's, and the figures count the call once.
 */
export interface SpokenCalls extends AsyncDisposable {
  /** Says something on the customer's call, which begins with the first words; resolves with the whole answer. */
  say(spoken: Spoken, signal?: AbortSignal): Promise<Answer>;
  /** The customer hangs up. */
  end(subjectId: SubjectId): Promise<void>;
}

interface OpenCall {
  readonly sid: CallSid;
  readonly line: Line;
  readonly to: string;
  /** Rejects when the call could not be connected. */
  readonly failed: Promise<never>;
  silence: AbortController;
}

/** Without a word for so long, a call is over. */
const SILENCE_MS = 60_000;
const HUNG_UP = 1000;
/** A turn's first entries, among which are the words that it answers. */
const LATEST = 200;

/** The calls of one program; none at first. */
export function openSpokenCalls(parts: SpokenCallsParts): SpokenCalls {
  const { ledger, store, clock, work } = parts.platform;
  const calls = new Map<SubjectId, OpenCall>();
  return {
    async say(spoken, signal) {
      const { whom, text } = spoken;
      const call = await callOf(spoken);
      call.silence.abort();
      try {
        const { subjectId } = whom;
        const answer = parts.replies.toTurn({ subjectId, isMine: (settlement) => holds(settlement, text) }, signal);
        call.line.frame({ type: "prompt", text, last: true });
        return await Promise.race([answer, call.failed]);
      } finally {
        endInSilence(whom.subjectId, call);
      }
    },
    end,
    async [Symbol.asyncDispose]() {
      await Promise.all([...calls.keys()].map(end));
    },
  };

  async function callOf(spoken: Spoken): Promise<OpenCall> {
    const { subjectId } = spoken.whom;
    const known = calls.get(subjectId);
    if (known !== undefined && known.to === spoken.to) return known;
    // Whoever dials another of our numbers has hung up the first.
    await end(subjectId);
    const call = await open(spoken);
    calls.set(subjectId, call);
    return call;
  }

  async function open({ tenant, whom, to }: Spoken): Promise<OpenCall> {
    const sid = callSid(`CA${randomBytes(16).toString("hex")}`);
    const { addressKey, alias, subjectId } = whom;
    const record = await ledger.calls.open({
      callSid: sid,
      tenant: tenant.id,
      addressKey,
      alias,
      from: addressText(addressKey),
      to,
      direction: "inbound",
      // No socket is ever admitted to it.
      tokenHash: randomBytes(32).toString("hex"),
      greeting: "",
      session: tenant.session,
      resume: false,
      now: clock.now(),
    });
    const failed = Promise.withResolvers<never>();
    // Nobody may be waiting when it fails.
    failed.promise.catch(() => undefined);
    const line = work.lines.open(
      {
        // The whole answer is taken from its turn; nobody listens to it word by word.
        speak: () => true,
        close() {
          if (calls.get(subjectId)?.sid === sid) calls.delete(subjectId);
          // An epoch of 0 is a call that was never connected: what was said on it is kept nowhere.
          if (line.epoch() === 0)
            failed.reject(new ContinuoError("ledger_unavailable", "the call could not be connected"));
        },
      },
      record,
    );
    line.frame({ type: "setup", callSid: sid, sessionId: sid });
    return { sid, line, to, failed: failed.promise, silence: new AbortController() };
  }

  /** Whether a turn is the one that answers these words. */
  async function holds(settlement: Settlement, text: string): Promise<boolean> {
    const entries = await store.page(settlement, { limit: LATEST });
    return entries.some(
      ({ turnId, item }) =>
        turnId === settlement.turnId &&
        item.kind === "customer" &&
        item.channel === "voice" &&
        item.text === text.trim(),
    );
  }

  function endInSilence(subjectId: SubjectId, call: OpenCall): void {
    const silence = new AbortController();
    call.silence = silence;
    void clock.sleep(SILENCE_MS, silence.signal).then(async () => {
      if (!silence.signal.aborted && calls.get(subjectId) === call) await end(subjectId);
    });
  }

  async function end(subjectId: SubjectId): Promise<void> {
    const call = calls.get(subjectId);
    if (call === undefined) return;
    calls.delete(subjectId);
    call.silence.abort();
    await work.frontDesk.progress({ callSid: call.sid, progress: "completed" });
    call.line.gone(HUNG_UP);
  }
}
