import { z } from "zod";
import { callSid, type CallSid } from "../../core/ids.ts";
import {
  accountSidField,
  addressField,
  callSidField,
  errorCodeField,
  readForm,
  type Form,
  type FormOptions,
  type FormReading,
} from "../twilio/form.ts";

/** How a call stands, as Twilio tells it; `other` for a word that is new. */
export type CallProgress = z.infer<typeof knownProgress> | "other";

/** A call as its webhooks describe it. */
export interface CallForm {
  readonly callSid: CallSid;
  /** The caller as the provider gave it, for `readAddress`; may be empty when hidden. */
  readonly from: string;
  readonly to: string;
  readonly direction: "inbound" | "outbound";
  readonly progress: CallProgress;
}

/** What came when a relay session ended. */
export interface RelayEndForm extends CallForm {
  readonly sessionId?: string;
  /** `completed` when the caller hung up, `ended` when we did, `failed` when the socket was lost. */
  readonly sessionStatus: "completed" | "ended" | "failed" | "other";
  /** 64105 for a lost socket. */
  readonly errorCode?: string;
  /** What our `end` frame handed over, as it was. */
  readonly handoffData?: string;
}

/** A call's status callback. */
export interface CallStatusForm {
  readonly callSid: CallSid;
  readonly progress: CallProgress;
  /** Place in the order of things; callbacks come in any order. */
  readonly sequence?: number;
}

/** Whether a call in this state has no caller any more. */
export function isOver(progress: CallProgress): boolean {
  return over.has(progress);
}

/** Reads the form of a call that wants to be answered. */
export function readCall(form: Form, options: FormOptions = {}): FormReading<CallForm> {
  const reading = readForm(form, callForm, options);
  return reading.kind === "malformed" ? reading : { kind: "read", value: callOf(reading.value) };
}

/** Reads the form that comes when a relay session ended. */
export function readRelayEnd(form: Form, options: FormOptions = {}): FormReading<RelayEndForm> {
  const reading = readForm(form, relayEndForm, options);
  if (reading.kind === "malformed") return reading;
  const fields = reading.value;
  const sessionStatus = knownSessionStatus.safeParse(fields.SessionStatus);
  return {
    kind: "read",
    value: {
      ...callOf(fields),
      sessionStatus: sessionStatus.success ? sessionStatus.data : "other",
      ...(filled(fields.SessionId) ? { sessionId: fields.SessionId } : {}),
      ...(filled(fields.ErrorCode) ? { errorCode: fields.ErrorCode } : {}),
      ...(filled(fields.HandoffData) ? { handoffData: fields.HandoffData } : {}),
    },
  };
}

/** Reads a call's status callback. */
export function readCallStatus(form: Form, options: FormOptions = {}): FormReading<CallStatusForm> {
  const reading = readForm(form, callStatusForm, options);
  if (reading.kind === "malformed") return reading;
  const { CallSid, CallStatus, SequenceNumber } = reading.value;
  return {
    kind: "read",
    value: {
      callSid: callSid(CallSid),
      progress: progressOf(CallStatus),
      ...(SequenceNumber === undefined ? {} : { sequence: Number(SequenceNumber) }),
    },
  };
}

const knownProgress = z.enum([
  "queued",
  "initiated",
  "ringing",
  "in-progress",
  "completed",
  "busy",
  "failed",
  "no-answer",
  "canceled",
]);
const over: ReadonlySet<CallProgress> = new Set(["completed", "busy", "failed", "no-answer", "canceled"]);
const knownSessionStatus = z.enum(["completed", "ended", "failed"]);

const word = z.string().regex(/^[a-z-]{1,32}$/u);

const callForm = z.object({
  CallSid: callSidField,
  AccountSid: accountSidField.optional(),
  From: addressField,
  To: addressField.min(1),
  // Twilio sends it always; a call that comes in without it rings.
  CallStatus: word.default("ringing"),
  Direction: word.optional(),
});

const relayEndForm = callForm.extend({
  SessionId: z.string().max(64).optional(),
  SessionStatus: word.optional(),
  ErrorCode: errorCodeField.optional(),
  HandoffData: z.string().max(20_000).optional(),
});

const callStatusForm = z.object({
  CallSid: callSidField,
  AccountSid: accountSidField.optional(),
  CallStatus: word,
  SequenceNumber: z
    .string()
    .regex(/^\d{1,6}$/u)
    .optional(),
});

function callOf(fields: z.infer<typeof callForm>): CallForm {
  return {
    callSid: callSid(fields.CallSid),
    from: fields.From,
    to: fields.To,
    direction: fields.Direction?.startsWith("outbound") === true ? "outbound" : "inbound",
    progress: progressOf(fields.CallStatus),
  };
}

function progressOf(status: string): CallProgress {
  const known = knownProgress.safeParse(status);
  return known.success ? known.data : "other";
}

function filled(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}
