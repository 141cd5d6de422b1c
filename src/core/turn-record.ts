import type { DomainEvent } from "./events.ts";
import type { InboxId, OutboxId, SessionId, SubjectId, TenantId, TurnId } from "./ids.ts";
import type { InboxRow } from "./message.ts";
import type { Reply } from "./outbox.ts";
import type { ToolCallRecord } from "./tool-call.ts";

/** Who answers the customer now. */
export type Owner = "agent" | "operator";

/** How a turn ended. */
export type Outcome = "replied" | "awaiting_approval" | "held" | "refused" | "failed" | "recorded";

/** A turn that was taken: its rows are bound to it, and no other turn will ever see them while it lives. */
export interface BoundTurn {
  readonly id: TurnId;
  readonly subjectId: SubjectId;
  readonly tenant: TenantId;
  /** From 1; more after an attempt that did not end. */
  readonly attempt: number;
  readonly rows: readonly InboxRow[];
  /** The tool calls that earlier attempts made. */
  readonly calls: readonly ToolCallRecord[];
  /** What an earlier attempt is known to have spoken before it died; empty when nothing. */
  readonly spoken: string;
  readonly owner: Owner;
  /** The session that it belongs to, and since when that goes on, in milliseconds since 1970. */
  readonly session: SessionId;
  readonly sessionSince: number;
  /** The subject's addresses that were proven by the channel, in E.164 where they are phone numbers. */
  readonly addresses: readonly string[];
  /** Where a text to this subject goes when a call can no longer take it: the last text address pair, or the call's. */
  readonly textRoute?: TextRoute;
}

/** The pair of addresses by which a subject can be texted. */
export interface TextRoute {
  readonly channel: "sms" | "whatsapp" | "web";
  readonly to: string;
  readonly from: string;
}

/** Everything a turn decided. `store.append` keeps it whole; `ledger.settle` writes what was kept, and nothing else. */
export interface Settlement {
  readonly turnId: TurnId;
  readonly subjectId: SubjectId;
  readonly tenant: TenantId;
  readonly outcome: Outcome;
  /** Rows that are done with this turn. */
  readonly consumed: readonly InboxId[];
  /** Rows given up after the last attempt. */
  readonly dead: readonly InboxId[];
  /** With the ids their outbox rows will have, one per part. */
  readonly replies: readonly { readonly reply: Reply; readonly ids: readonly OutboxId[] }[];
  /** Calls of the model whose results are still to come. */
  readonly openCalls: readonly string[];
  /** A new waiting state for a person, when the turn asked for one. */
  readonly escalation?: Escalation;
  readonly events: readonly DomainEvent[];
}

/** The agent asks for an operator. */
export interface Escalation {
  readonly priority: "low" | "medium" | "high" | "urgent";
  readonly reason: string;
  readonly summary: string;
}
