import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { isOver, type CallForm, type CallStatusForm, type RelayEndForm } from "../channels/voice/forms.ts";
import { addressKey, aliasOf, dialled, readAddress } from "../core/address.ts";
import type { CallRecord } from "../core/call-record.ts";
import { ContinuoError } from "../core/errors.ts";
import { callSid, type CallSid, type SubjectId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Ledger } from "../core/ports/ledger.ts";
import type { AgentVoice, Responder } from "../core/ports/responder.ts";
import { sentences } from "../core/sentences.ts";
import type { CallAnswer } from "../http/parts.ts";
import { greetingOf, type GreetingParts } from "./call-greeting.ts";
import type { Serving, Tenants, TenantSettings } from "./tenants.ts";

/** What answering calls stands on. */
export interface FrontDeskParts extends GreetingParts {
  readonly ledger: Ledger;
  readonly responder: Responder;
  readonly clock: Clock;
  readonly tenants: Tenants;
  /** A secret from which the tokens of sockets are made. */
  readonly tokenKey: string;
  readonly onReply: (subjectId: SubjectId) => void;
  readonly onWork: (subjectId: SubjectId) => void;
  readonly onCommit: () => void;
}

/** Answers, brings back and ends phone calls. */
export interface FrontDesk {
  /** A call came in, or one that we placed was picked up. */
  answer(form: CallForm): Promise<CallAnswer>;
  /** A relay session ended; a caller who is still there gets another one, a bounded number of times. */
  afterRelay(form: RelayEndForm): Promise<CallAnswer>;
  /** The call's own progress. */
  progress(form: CallStatusForm): Promise<void>;
  /** The call that a socket's token admits, while it lasts. */
  admit(token: string): Promise<CallRecord | undefined>;
}

/** A call whose socket was lost this often is not given another. */
const MAX_RECONNECTS = 5;
/** What a new relay would only repeat: wrong parameters, wrong provider, too long a call. */
const hopeless = new Set(["64101", "64104", "64106"]);

/** The front desk of all tenants. */
export function openFrontDesk(parts: FrontDeskParts): FrontDesk {
  const { ledger, clock, responder, tenants } = parts;
  return {
    async answer(form) {
      const known = await ledger.calls.get(form.callSid);
      const serving = servingOf(form, known);
      if (serving === undefined) return await unserved();
      if (known?.state === "over") return { kind: "hang_up" };
      const voice = await responder.voiceOf(serving.agent);
      // Twilio may ask twice before it connects; once a socket was there, nobody is greeted again.
      const { tenant } = serving;
      return await connect(form, { tenant, voice, greet: (known?.epoch ?? 0) === 0, resume: false });
    },

    async afterRelay(form) {
      if (isOver(form.progress)) {
        await end(form.callSid);
        return { kind: "nothing" };
      }
      const call = await ledger.calls.get(form.callSid);
      const serving = servingOf(form, call);
      const lost = form.sessionStatus === "failed" && !hopeless.has(form.errorCode ?? "");
      if (serving !== undefined && call?.state !== "over" && lost && (call?.reconnects ?? 0) < MAX_RECONNECTS) {
        const { tenant } = serving;
        const voice = await responder.voiceOf(serving.agent);
        return await connect(form, { tenant, voice, greet: (call?.epoch ?? 0) === 0, resume: true });
      }
      await end(form.callSid);
      if (form.sessionStatus !== "failed") return { kind: "hang_up" };
      if (serving === undefined) return await unserved();
      const voice = await responder.voiceOf(serving.agent);
      return { kind: "say", text: `${voice.apology} Goodbye.`, language: voice.language };
    },

    async progress(form) {
      if (isOver(form.progress)) await end(form.callSid);
    },

    async admit(token) {
      const [sid = "", secret = ""] = token.split(".", 2);
      if (sid === "" || secret === "") return undefined;
      const call = await ledger.calls.get(callSid(sid));
      if (call === undefined || call.state === "over") return undefined;
      return sameHash(call.tokenHash, hashOf(token)) ? call : undefined;
    },
  };

  /** Whose call it is: a call that is known stays its tenant's, any other is that of the number it came by. */
  function servingOf(form: CallForm, known: CallRecord | undefined): Serving | undefined {
    const ours = form.direction === "inbound" ? form.to : form.from;
    if (known === undefined) return tenants.serving(ours);
    const tenant = tenants.of(known.tenant);
    return tenant === undefined ? undefined : { tenant, agent: tenants.agentFor(tenant.id, ours) };
  }

  async function unserved(): Promise<CallAnswer> {
    const { language } = await responder.voiceOf(tenants.default.agent);
    return { kind: "unserved", text: sentences.unserved, language };
  }

  async function connect(
    form: CallForm,
    how: {
      readonly tenant: TenantSettings;
      readonly voice: AgentVoice;
      readonly greet: boolean;
      readonly resume: boolean;
    },
  ): Promise<CallAnswer> {
    const { tenant, voice } = how;
    const inbound = form.direction === "inbound";
    const customer = readAddress(inbound ? form.from : form.to, tenant.defaultCountry);
    const key = addressKey(customer, form.callSid);
    const token = tokenOf(form.callSid, parts.tokenKey);
    const personal = how.greet && inbound && tenant.personalGreeting && customer.kind !== "anonymous";
    const call = await opened({
      callSid: form.callSid,
      tenant: tenant.id,
      addressKey: key,
      alias: aliasOf(customer, form.callSid),
      from: inbound ? (dialled(customer) ?? form.from) : form.from,
      to: inbound ? form.to : (dialled(customer) ?? form.to),
      direction: form.direction,
      tokenHash: hashOf(token),
      greeting: personal ? await greetingOf(parts, { tenant: tenant.id, addressKey: key }, voice) : voice.greeting,
      session: tenant.session,
      resume: how.resume,
      now: clock.now(),
    });
    // Whoever was on the line was forgotten meanwhile, and the call with them.
    if (call === undefined) return { kind: "hang_up" };
    parts.onCommit();
    return {
      kind: "relay",
      token,
      language: voice.language,
      // As it was kept: of two answers to one call both say the same.
      ...(how.greet ? { greeting: call.greeting } : {}),
    };
  }

  async function opened(call: Parameters<typeof ledger.calls.open>[0]): Promise<CallRecord | undefined> {
    try {
      return await ledger.calls.open(call);
    } catch (error) {
      if (error instanceof ContinuoError && error.code === "not_found") return undefined;
      throw error;
    }
  }

  async function end(sid: CallSid): Promise<void> {
    const ended = await ledger.calls.end({ callSid: sid, now: clock.now() });
    if (ended.subjectId !== undefined) {
      if (ended.toSend) parts.onReply(ended.subjectId);
      parts.onWork(ended.subjectId);
    }
    parts.onCommit();
  }
}

/** One call has one token, however often it is asked for: a repeated webhook must not shut out the socket of the first. */
function tokenOf(sid: CallSid, key: string): string {
  return `${sid}.${createHmac("sha256", key).update(`conversation-relay/${sid}`).digest("base64url")}`;
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
