import type { TenantId } from "../ids.ts";
import type { ChannelName } from "../message.ts";

/** An address that somebody else may know more of. */
export interface ResolveRequest {
  readonly tenant: TenantId;
  /** E.164 where it is a phone number. */
  readonly address: string;
  readonly channel: ChannelName;
}

/** Who it is, as the resolver knows them. */
export interface Resolved {
  /** The same for every address of one person; two subjects with one id are merged. */
  readonly id: string;
  readonly name?: string;
  /** Small details the agent may use. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Tells who an address belongs to; undefined when nobody is known there. It may reject and may be slow: whoever asks
 * gives up by the signal, goes on with the phone number, and asks again later.
 */
export type Resolver = (request: ResolveRequest, signal: AbortSignal) => Promise<Resolved | undefined>;
