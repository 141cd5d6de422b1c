import type { SessionId, SubjectRef, TenantId } from "../ids.ts";
import type { SessionCause, SessionChange, SessionRecord } from "../session.ts";

/** The sessions of conversations. They begin and change with what is accepted and settled, and by timers. */
export interface Sessions {
  /** The newest session of a conversation. */
  current(who: SubjectRef): Promise<SessionRecord | undefined>;
  /** A conversation's sessions, the newest first. */
  list(who: SubjectRef, limit: number): Promise<readonly SessionRecord[]>;
  /** A session by its id, until it is cleaned away. */
  get(request: { readonly tenant: TenantId; readonly sessionId: SessionId }): Promise<SessionRecord | undefined>;
  /** Changes the newest session for a reason that comes from a person or a program; undefined when the table says that it stays, or there is none. */
  change(
    request: SubjectRef & {
      readonly cause: Extract<SessionCause, "answered" | "operator_answered" | "closed" | "escalated">;
      /** Who wants it: the name of a key, or of a part of the program. */
      readonly by: string;
      readonly now: number;
    },
  ): Promise<(SessionChange & { readonly toSend: boolean }) | undefined>;
}
