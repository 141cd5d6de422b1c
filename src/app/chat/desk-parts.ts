import type { SubjectId, SubjectRef } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import type { Tenants } from "../tenants.ts";

/** What the chat stands on. */
export interface ChatDeskParts {
  readonly ledger: Ledger;
  readonly store: Pick<ConversationStore, "page">;
  readonly clock: Clock;
  readonly tenants: Pick<Tenants, "of" | "default">;
  /** Makes sure that an address is a subject's; when it is another's, the two become one. `busy`: not now, a turn of one of them is under way. */
  readonly joinAddress: (
    request: SubjectRef & { readonly addressKey: string; readonly alias: string; readonly by: string },
  ) => Promise<"joined" | "busy">;
  /** A text wants an answer. */
  readonly onText: (subjectId: SubjectId, at: number) => void;
  /** Something waits in the outbox. */
  readonly onReply: (subjectId: SubjectId) => void;
  /** A row was kept that only belongs into the record. */
  readonly onWork: (subjectId: SubjectId) => void;
  /** Something was committed. */
  readonly onCommit: () => void;
  /** Something that nobody waits for went wrong. */
  readonly onError: (error: unknown) => void;
}

/** The key of a visitor's address. */
export function visitorKey(visitorId: string): string {
  return `web:${visitorId}`;
}

/** The alias of a visitor's subject. */
export function visitorAlias(visitorId: string): string {
  return `web_${visitorId}`;
}

/** Whose conversation a visitor is in; undefined before the first message. */
export async function subjectOf(
  parts: Pick<ChatDeskParts, "ledger">,
  visitor: { readonly id: string; readonly tenant: SubjectRef["tenant"] },
): Promise<SubjectRef | undefined> {
  const subjectId = await parts.ledger.subjects.find(visitor.tenant, visitorKey(visitor.id));
  return subjectId === undefined ? undefined : { tenant: visitor.tenant, subjectId };
}
