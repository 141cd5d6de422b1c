import type { SubjectId, SubjectRef, TenantId } from "../ids.ts";

/** What resolvers told of addresses, so that each is asked once in a while only, also after a restart. */
export interface Resolutions {
  /** What one resolver told of a subject's addresses; nothing of an address that it was never asked about. */
  of(who: SubjectRef, resolver: string): Promise<readonly Resolution[]>;
  /**
   * Keeps what a resolver told of one of a subject's addresses, and the event that says so, in one commit. An address
   * that was known by another key before is `apart` from then on: its number may have changed hands. Rejects with
   * `not_found` when the tenant has no such subject.
   */
  keep(answer: ResolutionAnswer): Promise<void>;
  /**
   * A person took two subjects apart: what was told of their addresses brings nobody together any more, and is asked
   * anew, because what was known of one may have gone with the other.
   */
  part(request: {
    readonly tenant: TenantId;
    readonly subjects: readonly SubjectId[];
    readonly now: number;
  }): Promise<void>;
}

/** What one resolver told of one address. */
export interface Resolution {
  readonly addressKey: string;
  /** How the last question ended. */
  readonly outcome: "found" | "nobody" | "failed";
  /** The key of the address map under which whoever it found last is known (`ext:crm:42`); it outlives later failures. */
  readonly foundKey?: string;
  /** Whose key that is; undefined when it is nobody's yet. */
  readonly holder?: SubjectId;
  /** Whether the subject stays itself, whoever else has the key. */
  readonly apart: boolean;
  /** How often in a row it failed. */
  readonly failures: number;
  /** When the resolver may be asked about it again, in milliseconds since 1970. */
  readonly nextAt: number;
}

/** What is to be kept of one question. */
export interface ResolutionAnswer extends SubjectRef {
  readonly addressKey: string;
  readonly resolver: string;
  readonly answer:
    | { readonly kind: "found"; readonly foundKey: string }
    | { readonly kind: "nobody" }
    | { readonly kind: "failed"; readonly why: "timeout" | "failed" };
  readonly nextAt: number;
  readonly now: number;
}
