import type { MergeId, SubjectId, SubjectRef, TenantId } from "../ids.ts";

/** Two subjects that were found to be one person, and how to take them apart again. */
export interface Merges {
  /**
   * Makes `from` part of `into`, in one commit: its addresses, open rows, replies, calls and timers. From then on the
   * old id means the other subject. Until `finish`, nobody can take the subject's lane, because the store has still
   * to bring the two conversations together; a call that comes in meanwhile is answered.
   */
  merge(request: MergeRequest): Promise<MergeOutcome>;
  /** Takes a merge back: the addresses that came along go to their old subject. Needs `finish` as well. */
  split(request: {
    readonly tenant: TenantId;
    readonly mergeId: MergeId;
    readonly by: string;
    readonly now: number;
  }): Promise<SplitOutcome>;
  /** The store has done its part. */
  finish(mergeId: MergeId): Promise<void>;
  /** Merges and splits whose store part is still to be done, the oldest first. */
  unfinished(limit: number): Promise<readonly MergeRecord[]>;
  /** What became part of a subject and was not split off again, the newest first. */
  of(who: SubjectRef): Promise<readonly MergeRecord[]>;
  /** The subject that an id stands for by now: itself, or what it became part of. */
  resolve(who: SubjectRef): Promise<SubjectId>;
}

/** Who is to become part of whom, and why. */
export interface MergeRequest {
  readonly tenant: TenantId;
  readonly mergeId: MergeId;
  readonly into: SubjectId;
  readonly from: SubjectId;
  readonly reason: string;
  /** The name of a key, or of a part of the program. */
  readonly by: string;
  readonly now: number;
}

/** One merge, as it is kept for the record. */
export interface MergeRecord {
  readonly id: MergeId;
  readonly tenant: TenantId;
  readonly into: SubjectId;
  readonly from: SubjectId;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
  readonly state: "merging" | "merged" | "splitting" | "split";
}

/** What became of it. */
export type MergeOutcome =
  | { readonly kind: "merged"; readonly merge: MergeRecord }
  | {
      readonly kind: "refused";
      /** `busy`: a turn or a call of one of them is under way; try again later. `already`: they are one. */
      readonly why: "itself" | "already" | "other_tenant" | "unknown" | "busy";
    };

/** What became of a split. `superseded`: the subject has become part of another since, which has to be split first. */
export type SplitOutcome =
  | { readonly kind: "split"; readonly merge: MergeRecord }
  | { readonly kind: "refused"; readonly why: "unknown" | "already" | "busy" | "superseded" };
