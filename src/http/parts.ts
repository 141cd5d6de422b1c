import type { WebSocket } from "ws";
import type { InboundText } from "../channels/twilio/message-form.ts";
import type { CallForm, CallStatusForm, RelayEndForm } from "../channels/voice/forms.ts";
import type { RelayOptions } from "../channels/voice/twiml.ts";
import type { CallRecord } from "../core/call-record.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Accepted, MessageStatus } from "../core/ports/ledger.ts";
import type { AdminParts } from "./admin-parts.ts";
import type { Access } from "./auth.ts";
import type { ChatParts } from "./chat-parts.ts";
import type { HttpLog } from "./log.ts";

/** Everything the server needs from the rest of the program. Methods reject with a `ContinuoError` when the ledger does not answer. */
export interface HttpParts {
  /** Where Twilio reaches this server, for example `https://support.example.com`; a path in it is one that a proxy strips. */
  readonly publicUrl: string;
  readonly version: string;
  readonly signing: Signing;
  readonly clock: Clock;
  readonly log: HttpLog;
  /** Who may use the routes that need a key. */
  readonly access: Access;
  /** What a caller is told when nothing can be done for them. */
  readonly apology: Spoken;
  /** Keeps a text; resolved means durable. */
  acceptText(message: InboundText): Promise<TextAnswer>;
  /** Decides how a call that rings is answered. A call that was given before gets the same treatment again. */
  answerCall(call: CallForm): Promise<CallAnswer>;
  /** Decides what comes after a relay session ended. */
  afterRelay(end: RelayEndForm): Promise<CallAnswer>;
  /** Takes in what became of a message, also of one that nobody knows. */
  messageStatus(status: MessageStatus): Promise<void>;
  /** Takes in what became of a call, also of one that nobody knows. */
  callStatus(status: CallStatusForm): Promise<void>;
  /** The call that a socket's token admits; undefined when there is none or it is over. */
  admit(token: string): Promise<CallRecord | undefined>;
  /** Takes over a socket whose call was admitted; no frame was read yet. */
  talk(socket: WebSocket, call: CallRecord): void;
  /** The chat on web pages. */
  readonly chat: ChatParts;
  /** What operators read and do. */
  readonly customers: AdminParts;
  /** Told of every request that was answered, with how long it took in milliseconds. */
  onAnswered?(request: { readonly route: string; readonly status: number; readonly ms: number }): void;
  /** Looks whether each thing that is needed for work is there. */
  ready(): Promise<readonly ReadyCheck[]>;
  /** What may be told to anybody about this installation. */
  status(): Promise<StatusReport>;
}

/** Whose requests are believed. */
export interface Signing {
  /** The auth tokens that may have signed a request. */
  readonly tokens: readonly string[];
  /** The account whose requests are taken; any when absent. */
  readonly accountSid?: string;
  /** Takes requests without any signature from this very machine, for trying things out. A wrong signature is refused even so. */
  readonly allowUnsignedLoopback: boolean;
}

/** What became of a text, or that nobody serves the number it was sent to. */
export type TextAnswer = Accepted | { readonly kind: "unserved"; readonly notice: string };

/** A sentence and its language (BCP-47). */
export interface Spoken {
  readonly text: string;
  readonly language: string;
}

/** What a call is answered with. */
export type CallAnswer =
  /** A socket, admitted by the token: 1 to 256 letters, digits, `-`, `_`, `.` or `~`. */
  | ({ readonly kind: "relay"; readonly token: string } & Omit<RelayOptions, "url" | "action">)
  /** A sentence, then the end. */
  | ({ readonly kind: "say" } & Spoken)
  /** Nobody serves the number that was dialled. */
  | ({ readonly kind: "unserved" } & Spoken)
  | { readonly kind: "hang_up" }
  /** The caller is gone: there is nothing to say. */
  | { readonly kind: "nothing" };

/** One thing that is needed for work, and whether it is there. */
export interface ReadyCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly problem?: string;
}

/** The open, short form of the status. */
export interface StatusReport {
  readonly version: string;
  /** `twilio`, or `simulator` when nothing leaves this machine. */
  readonly mode: "twilio" | "simulator";
  readonly model: { readonly name: string; readonly offline: boolean; readonly note?: string };
  readonly agents: readonly string[];
  readonly channels: readonly string[];
  readonly resolver: string;
}
