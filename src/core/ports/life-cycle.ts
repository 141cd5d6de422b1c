import type { SessionId, SubjectId, SubjectRef, TenantId } from "../ids.ts";

/** What is kept of somebody, and how it goes. */
export interface LifeCycle {
  /** Everything the ledger holds of a subject and of whoever became part of it, by table, for the subject to read. */
  gather(who: SubjectRef): Promise<Gathered>;
  /**
   * Removes everything the ledger holds of a subject and of whoever became part of it; undefined when there is nobody.
   * Running turns lose their lane. What must outlive the person (opt-outs, ids of messages and calls that a provider
   * may tell of again) stays as a keyed hash. Events stay as they are, uncounted: they hold no personal data. The same
   * commit writes `customer_forgotten`, with how many subjects and rows went, and sets a timer (`seal`) for each subject,
   * to be taken back once the store can keep nothing of it any more.
   */
  forget(request: ForgetRequest): Promise<Forgotten | undefined>;
  /** Subjects of a tenant without any activity since, at most `limit`. */
  inactive(request: {
    readonly tenant: TenantId;
    readonly before: number;
    readonly limit: number;
  }): Promise<readonly SubjectId[]>;
  /** Sessions of a tenant that were closed before, and are not the newest of a subject that waits for something; the oldest first. */
  closedBefore(request: {
    readonly tenant: TenantId;
    readonly before: number;
    readonly limit: number;
  }): Promise<readonly { readonly subjectId: SubjectId; readonly sessionId: SessionId; readonly endedAt: number }[]>;
  /** Removes a closed session with the rows that were done in it; how many rows. Does nothing when it is not closed any more. */
  dropSession(request: SubjectRef & { readonly sessionId: SessionId; readonly now: number }): Promise<number>;
  /**
   * Makes sure that nothing removed can still be read in the files. It may take as long as copying all of them, in
   * which nothing else is written; rejects with `ledger_unavailable` while another program reads them.
   */
  scrub(): Promise<void>;
}

/** Who is to be forgotten. */
export interface ForgetRequest extends SubjectRef {
  /** The name of a key, or of a part of the program. */
  readonly by: string;
  readonly now: number;
}

/** Rows by table, as plain JSON. */
export interface Gathered {
  readonly subjects: readonly SubjectId[];
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

/** What was removed, and what stays as a keyed hash, in numbers. */
export interface Forgotten {
  /** Whose conversations the store has to forget as well. */
  readonly subjects: readonly SubjectId[];
  readonly removed: Readonly<Record<string, number>>;
  readonly kept: Readonly<Record<string, number>>;
}
