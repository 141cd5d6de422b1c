import type { OutboxId, SubjectId, TenantId } from "../ids.ts";

/** One-time codes that prove an address. Only hashes are kept. */
export interface Codes {
  /** Keeps a code and puts its text into the outbox, in one commit; an earlier one for the same key is void. */
  issue(request: CodeRequest): Promise<CodeIssued>;
  /** Takes a code. It counts once; a wrong one counts against the key. Comparison takes the same time for every code. */
  redeem(request: {
    readonly tenant: TenantId;
    readonly key: string;
    readonly codeHash: string;
    readonly mostTries: number;
    readonly now: number;
  }): Promise<CodeRedeemed>;
}

/** A code to be sent. */
export interface CodeRequest {
  readonly tenant: TenantId;
  /** Who proves what, for example `web:visitor/tel:+1415…`. */
  readonly key: string;
  /** Who is counted for the limit, beside the key itself: the address that is texted, the visitor, the network address. */
  readonly counted: readonly string[];
  /** At most so many codes for each of them within `windowMs`. */
  readonly most: number;
  /** Other limits than `most` for some of them. */
  readonly mostOf?: Readonly<Record<string, number>>;
  readonly windowMs: number;
  /** SHA-256 over key and code, in hexadecimal. */
  readonly codeHash: string;
  readonly expiresAt: number;
  /** The text that carries the code; it is no part of the conversation. */
  readonly text: {
    readonly id: OutboxId;
    readonly subjectId: SubjectId;
    readonly channel: "sms" | "whatsapp";
    readonly to: string;
    readonly from: string;
    readonly addressKey: string;
    readonly body: string;
  };
  readonly now: number;
}

/** Whether the code is on its way. */
export type CodeIssued =
  | { readonly kind: "issued" }
  | { readonly kind: "limited"; readonly retryAt: number }
  /** Whoever owns the number does not want to be texted. */
  | { readonly kind: "opted_out" };

/** What a code was worth. */
export type CodeRedeemed =
  | { readonly kind: "proven" }
  | { readonly kind: "refused"; readonly why: "wrong" | "expired" | "spent" | "unknown" | "too_many" };
