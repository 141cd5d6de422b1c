import { ContinuoError } from "../../core/errors.ts";
import { externalKey } from "../../core/external-key.ts";
import type { SubjectId, SubjectRef } from "../../core/ids.ts";
import type { Memory, Profile } from "../../core/memory.ts";
import type { ChannelName } from "../../core/message.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { Resolution, ResolutionAnswer } from "../../core/ports/resolutions.ts";
import type { ResolveRequest, Resolved } from "../../core/ports/resolver.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import { changeMemory } from "../change-memory.ts";
import { readResolved } from "./resolved.ts";
import type { NamedResolver } from "./resolvers.ts";

/** What asking resolvers stands on. */
export interface LookupParts {
  readonly ledger: Pick<Ledger, "resolutions">;
  readonly store: ConversationStore;
  readonly clock: Clock;
  /** Told why a resolver gave no answer. */
  readonly onFailure: (error: unknown, subjectId: SubjectId) => void;
}

/** One address of a subject, and who is asked about it. */
export interface Lookup {
  readonly who: SubjectRef;
  /** In E.164; its key is `tel:` and this. */
  readonly number: string;
  readonly channel: ChannelName;
  readonly resolver: NamedResolver;
}

/** Asks resolvers, about one address once at a time. */
export interface Lookups extends AsyncDisposable {
  /** Asks unless it was asked lately, and keeps the answer; whoever wants the same meanwhile waits for the same question. Rejects when ledger or store do. */
  ask(lookup: Lookup): Promise<void>;
}

/** Whoever asks gives up after this long. */
const LIMIT_MS = 2_000;
const HOUR_MS = 3_600_000;
const FOUND_MS = 24 * HOUR_MS;
const NOBODY_MS = HOUR_MS;
const FAILED_MS = [60_000, 5 * 60_000, 30 * 60_000] as const;

/** The lookups of one process. */
export function openLookups(parts: LookupParts): Lookups {
  const { ledger, clock } = parts;
  const running = new Map<string, Promise<void>>();
  const stop = new AbortController();

  return {
    ask(lookup) {
      const key = JSON.stringify([lookup.who.tenant, lookup.number, lookup.resolver.name]);
      const known = running.get(key);
      if (known !== undefined) return known;
      const asking = ask(lookup).finally(() => running.delete(key));
      running.set(key, asking);
      return asking;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.allSettled(running.values());
    },
  };

  async function ask(lookup: Lookup): Promise<void> {
    const { who, number, resolver } = lookup;
    const addressKey = `tel:${number}`;
    const before = (await ledger.resolutions.of(who, resolver.name)).find((known) => known.addressKey === addressKey);
    if (before !== undefined && before.nextAt > clock.now()) return;
    if (stop.signal.aborted) return;
    const told = await answerOf(lookup);
    // Whoever is told to stop has learned nothing.
    if (stop.signal.aborted) return;
    const now = clock.now();
    // The profile first: if the program dies in between, the question is asked again.
    if (told.kind !== "failed")
      await rememberProfile(lookup, before, told.kind === "found" ? told.resolved : undefined);
    try {
      await ledger.resolutions.keep({
        ...who,
        addressKey,
        resolver: resolver.name,
        answer: kept(told, resolver.name),
        nextAt: now + waitAfter(told.kind, before),
        now,
      });
    } catch (error) {
      if (!(error instanceof ContinuoError) || error.code !== "not_found") throw error;
      // They were forgotten while they were asked about, and nothing is known of them.
      await changeMemory(parts.store, who, (memory) =>
        memory.profile === undefined ? undefined : withoutProfile(memory),
      );
    }
  }

  async function answerOf({ who, number, channel, resolver }: Lookup): Promise<Told> {
    const request = { tenant: who.tenant, address: number, channel };
    const asking = new AbortController();
    const given = Promise.withResolvers<never>();
    stop.signal.addEventListener("abort", giveUp, { once: true });
    const late = clock.sleep(LIMIT_MS, asking.signal).then(() => tooLate);
    try {
      const told = await Promise.race([asked(resolver, request, asking.signal), late, given.promise]);
      if (told === tooLate) return { kind: "failed", why: "timeout" };
      if (told === undefined || told === null) return { kind: "nobody" };
      const resolved = readResolved(told);
      if (resolved !== undefined) return { kind: "found", resolved };
      throw new TypeError("the resolver's answer says of nobody who they are");
    } catch (error) {
      if (!stop.signal.aborted) parts.onFailure(error, who.subjectId);
      return { kind: "failed", why: "failed" };
    } finally {
      stop.signal.removeEventListener("abort", giveUp);
      giveUp();
    }
    function giveUp(): void {
      asking.abort();
      given.reject(new Error("the question was given up"));
    }
  }

  /** What is known of the customer is what the resolver says; one who is no longer known there is forgotten here as well. */
  async function rememberProfile(
    { who, resolver }: Lookup,
    before: Resolution | undefined,
    resolved: Resolved | undefined,
  ): Promise<void> {
    await changeMemory(parts.store, who, (memory) => {
      const { profile } = memory;
      if (resolved !== undefined) return { ...memory, profile: profileOf(resolved, resolver.name, clock.now()) };
      const gone = profile !== undefined && externalKey(profile.resolver, profile.id) === before?.foundKey;
      return gone ? withoutProfile(memory) : undefined;
    });
  }
}

function withoutProfile({ profile: _forgotten, ...memory }: Memory): Memory {
  return memory;
}

type Told =
  | { readonly kind: "found"; readonly resolved: Resolved }
  | { readonly kind: "nobody" }
  | { readonly kind: "failed"; readonly why: "timeout" | "failed" };

const tooLate = Symbol("too late");

/** Also of a resolver that throws before it gives a promise. */
async function asked(resolver: NamedResolver, request: ResolveRequest, signal: AbortSignal): Promise<unknown> {
  return await resolver.ask(request, signal);
}

function kept(told: Told, resolver: string): ResolutionAnswer["answer"] {
  return told.kind === "found" ? { kind: "found", foundKey: externalKey(resolver, told.resolved.id) } : told;
}

function waitAfter(kind: Told["kind"], before: Resolution | undefined): number {
  if (kind === "found") return FOUND_MS;
  if (kind === "nobody") return NOBODY_MS;
  return FAILED_MS[Math.min(before?.failures ?? 0, FAILED_MS.length - 1)] ?? NOBODY_MS;
}

function profileOf(resolved: Resolved, resolver: string, at: number): Profile {
  const { id, name, details = {} } = resolved;
  return { id, ...(name === undefined ? {} : { name }), details, resolver, at };
}
