import type { FactId, MergeId, SubjectRef, TenantId } from "../core/ids.ts";
import type { FactEdit, NewFact } from "../core/memory-edits.ts";
import type { MemoryValue } from "../core/memory.ts";
import type {
  CustomerAnalytics,
  CustomerExport,
  EntityView,
  FactView,
  MemoryReport,
  MergeView,
  Receipt,
  SessionSummary,
  SessionView,
  TenantAnalytics,
} from "./customer-views.ts";

/**
 * What operators read and do, as the server serves it. Methods reject with a `ContinuoError` when the ledger or the
 * store does not answer; undefined is somebody who is not there any more.
 */
export interface AdminParts {
  /** Whom a person means by an id, an alias, or a phone number in any spelling. */
  find(tenant: TenantId, name: string): Promise<Named>;
  /** A customer's conversation: the end of it, or what came before a place. */
  session(
    who: SubjectRef,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<SessionView | undefined>;
  /** A customer's sessions, the newest first. */
  sessions(who: SubjectRef, limit: number): Promise<readonly SessionSummary[]>;
  /** Closes the session that runs. */
  close(who: SubjectRef, by: string): Promise<Closing>;
  /** The figures of a customer. */
  analytics(who: SubjectRef): Promise<CustomerAnalytics>;
  /** The figures of a tenant from one day to another (`2026-11-21`, in UTC), both included. */
  totals(tenant: TenantId, range: { readonly from: string; readonly to: string }): Promise<TenantAnalytics>;
  /** What is known of a customer. */
  memory(who: SubjectRef): Promise<MemoryReport>;
  /** Writes a fact down. */
  addFact(who: SubjectRef, fact: NewFact, by: string): Promise<MemoryEdit<FactView>>;
  /** Changes a fact that counts now. */
  editFact(who: SubjectRef, edit: FactEdit & { readonly id: FactId }, by: string): Promise<MemoryEdit<FactView>>;
  /** Forgets a fact, with everything that was known before about the same. */
  forgetFact(who: SubjectRef, id: FactId): Promise<MemoryEdit<undefined>>;
  /** Sets a value of the session that runs; undefined forgets it. */
  editEntity(
    who: SubjectRef,
    entity: { readonly name: string; readonly value: MemoryValue | undefined },
    by: string,
  ): Promise<MemoryEdit<EntityView | undefined>>;
  /** Makes one subject part of another. */
  merge(wish: {
    readonly into: SubjectRef;
    readonly from: SubjectRef;
    readonly reason: string;
    readonly by: string;
  }): Promise<IdentityChange>;
  /** Takes a merge back. */
  split(wish: { readonly tenant: TenantId; readonly mergeId: MergeId; readonly by: string }): Promise<IdentityChange>;
  /** What became part of a customer and was not split off again, the newest first. */
  merges(who: SubjectRef): Promise<readonly MergeView[]>;
  /** Everything that is kept of a customer. */
  exported(who: SubjectRef, by: string): Promise<CustomerExport | undefined>;
  /** An export as a page that a person can read and print. */
  exportPage(document: CustomerExport): string;
  /** Forgets a customer, everywhere. */
  forget(who: SubjectRef, by: string): Promise<Receipt | undefined>;
}

/** Whom a name means. */
export type Named =
  | { readonly kind: "known"; readonly who: SubjectRef }
  /** Nobody has what it was understood as, as a sentence for whoever gave it. */
  | { readonly kind: "unknown"; readonly understood: string }
  /** It can be nobody's; how it was understood, as a sentence for whoever gave it. */
  | { readonly kind: "malformed"; readonly understood: string };

/** What became of closing a session. */
export type Closing =
  | { readonly kind: "closed"; readonly session: SessionSummary }
  | { readonly kind: "closed_before"; readonly session: SessionSummary }
  | { readonly kind: "no_session" };

/** What became of a change of what is known. */
export type MemoryEdit<Value> =
  | { readonly kind: "changed"; readonly value: Value }
  /** There is nothing of that id or name. */
  | { readonly kind: "not_found" }
  /** It says nothing that could be kept. */
  | { readonly kind: "refused" }
  /** The customer's agent notes nothing of that name, or no such value. */
  | { readonly kind: "unfit" }
  /** Others changed it at the same time, again and again. */
  | { readonly kind: "lost" };

/** What became of a merge or a split. */
export type IdentityChange =
  | { readonly kind: "done"; readonly merge: MergeView }
  | {
      readonly kind: "refused";
      readonly why: "itself" | "already" | "not_found" | "busy" | "superseded";
      /** The same in a sentence for whoever asked. */
      readonly sentence: string;
    };
