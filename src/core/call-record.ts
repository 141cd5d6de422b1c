import type { CallSid, SubjectId, TenantId } from "./ids.ts";

/** `ringing` before the first socket, `live` with one, `lost` between two, `over` when the caller is gone. */
export type CallState = "ringing" | "live" | "lost" | "over";

/** One phone call, which may outlive several sockets. */
export interface CallRecord {
  readonly callSid: CallSid;
  readonly subjectId: SubjectId;
  readonly tenant: TenantId;
  readonly from: string;
  readonly to: string;
  readonly direction: "inbound" | "outbound";
  readonly state: CallState;
  /** Rises with every socket; frames of an older one are ignored. */
  readonly epoch: number;
  /** How often the call was given a new relay after a lost socket. */
  readonly reconnects: number;
  /** SHA-256 of the token in the socket's path, in hexadecimal. */
  readonly tokenHash: string;
  /** Twilio's id of the relay session that is or was connected. */
  readonly sessionId?: string;
  /** Keys that were pressed and not yet used. */
  readonly digits: string;
  readonly startedAt: number;
  /** What the caller was greeted with; empty when nothing was said. */
  readonly greeting: string;
}
