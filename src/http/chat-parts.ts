import type { TenantId } from "../core/ids.ts";
import type { ChannelName } from "../core/message.ts";
import type { SessionState } from "../core/session.ts";
import type { Owner } from "../core/turn-record.ts";

/** The web chat, as the server serves it. Methods reject with a `ContinuoError` when the ledger or the store does not answer. */
export interface ChatParts {
  /** The chat of a tenant by its name, or of the default tenant; undefined where there is none. */
  face(tenant: string | undefined): ChatFace | undefined;
  /** A token for somebody who was never here. */
  hello(tenant: TenantId): Promise<string>;
  /** The visitor whom a tenant's token names; undefined when it is no token of ours or too old. */
  visitor(tenant: TenantId, token: string): Promise<Visitor | undefined>;
  /** Keeps a message; resolved means durable. A second one with the same id has no effect. */
  accept(visitor: Visitor, message: { readonly id: string; readonly text: string }): Promise<ChatAccepted>;
  /** What was said last, or before a place, the oldest first. */
  history(visitor: Visitor, page: { readonly before?: number; readonly limit: number }): Promise<ChatHistory>;
  /** What happens from now on, after what was missed since an event. It ends when the signal aborts, or when its reader is too slow. */
  events(
    visitor: Visitor,
    from: { readonly lastEventId?: string; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<ChatEvent> | "too_many">;
  /** Texts a one-time code to a number that the visitor says is theirs. */
  sendCode(visitor: Visitor, wish: CodeWish): Promise<CodeSent>;
  /** Takes a code; when it is right, the visitor's conversation and the number's are one from then on. */
  confirmCode(visitor: Visitor, given: CodeGiven): Promise<CodeConfirmed>;
}

/** A tenant's chat as it shows itself to a browser. */
export interface ChatFace {
  readonly tenant: TenantId;
  /** What the business is called; undefined when nobody gave it a name. */
  readonly name?: string;
  /** The origins of pages that may show the chat beside our own; `*` means any. */
  readonly origins: readonly string[];
  readonly title?: string;
  readonly greeting?: string;
  /** Whether a number can be proven here: somebody must be able to text the code. */
  readonly proof: boolean;
}

/** Somebody in a browser, known by a token. */
export interface Visitor {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly tenant: TenantId;
  /** A younger token, which is to replace the one that was shown. */
  readonly renewed?: string;
}

/** What became of a message. */
export type ChatAccepted =
  | { readonly kind: "accepted" | "duplicate" }
  /** Kept; nobody answers it by itself: it came too fast, or it answered the survey. */
  | { readonly kind: "kept"; readonly reason: string };

/** One thing that was said, as the visitor reads it. */
export interface ChatLine {
  /** Of a visitor's message that is still waiting: the id it was sent with. */
  readonly id: string;
  readonly who: "customer" | "agent" | "operator";
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The turn that it is the answer of; the same as that of the words that were shown while it was made. */
  readonly turn?: string;
  readonly channel: ChannelName;
  /** How many attachments came along. */
  readonly attachments?: number;
}

/** A stretch of the conversation. */
export interface ChatHistory {
  readonly lines: readonly ChatLine[];
  /** Give it to read what came before; absent when nothing did. */
  readonly before?: number;
  /** The last reply that these lines contain; the stream of events goes on after it. */
  readonly lastEventId?: string;
  readonly state: ChatState;
}

/** How the conversation stands. */
export interface ChatState {
  readonly answeredBy: Owner;
  readonly session: SessionState;
  /** Whether the conversation belongs to a number. */
  readonly proven: boolean;
}

/** What a visitor's browser is told as it happens. */
export type ChatEvent =
  /** Something was said. With an `eventId` it will be told again to whoever asks for what came after an earlier one. */
  | { readonly kind: "message"; readonly eventId?: string; readonly line: ChatLine }
  /** More words of a reply in the making. */
  | { readonly kind: "delta"; readonly turn: string; readonly text: string }
  /** The words of that turn so far are not meant any more. */
  | { readonly kind: "reset"; readonly turn: string }
  | { readonly kind: "typing" }
  | { readonly kind: "state"; readonly state: ChatState };

/** A number that a code is wanted for. */
export interface CodeWish {
  /** In any spelling. */
  readonly phone: string;
  /** The network address of whoever asks. */
  readonly network: string;
  /** The host of the page, which browsers look for in the text before they fill the code in; undefined leaves it out. */
  readonly host?: string;
}

/** What became of a wish for a code. */
export type CodeSent =
  /** Sent, as far as anybody is told: whether a number may be texted is its owner's business. */
  | { readonly kind: "sent"; readonly expiresInMs: number }
  /** The number is this conversation's already. */
  | { readonly kind: "proven" }
  | { readonly kind: "bad_number" }
  | { readonly kind: "limited"; readonly retryAt: number }
  /** The conversation belongs to another number. */
  | { readonly kind: "other_number" }
  /** Nobody can text a code here. */
  | { readonly kind: "unavailable" };

/** A code as the visitor typed it. */
export interface CodeGiven {
  readonly phone: string;
  readonly code: string;
  /** What `busy` was answered with: the code counted, and need not be given again. */
  readonly proof?: string;
}

/** What a code was worth. */
export type CodeConfirmed =
  | { readonly kind: "proven" }
  | { readonly kind: "wrong" | "expired" | "spent" | "too_many" | "bad_number" | "other_number" }
  /** The code was right, and somebody is in the middle of a turn: ask again with the proof. */
  | { readonly kind: "busy"; readonly proof: string };
