import type { CallRecord } from "../core/call-record.ts";
import type { SubjectId, SubjectRef, TenantId } from "../core/ids.ts";
import type { Ledger } from "../core/ports/ledger.ts";
import type { Resolution } from "../core/ports/resolutions.ts";
import { openLookups, type Lookup, type LookupParts } from "./identity/lookups.ts";
import {
  openMerging,
  type Merged,
  type MergeWish,
  type Merging,
  type MergingParts,
  type Split,
  type SplitWish,
} from "./identity/merging.ts";
import { mergeRefusal, type Refusal } from "./identity/refusal.ts";
import type { NamedResolver } from "./identity/resolvers.ts";

/** What knowing people stands on. */
export interface IdentityParts extends LookupParts, MergingParts {
  readonly ledger: Ledger;
  /** Who is asked about a tenant's customers; undefined when nobody is. */
  readonly resolverOf: (tenant: TenantId) => NamedResolver | undefined;
}

/** An address that is to be a subject's. */
export interface JoinWish extends SubjectRef {
  readonly addressKey: string;
  readonly alias: string;
  /** The name of a key, or of a part of the program. */
  readonly by: string;
}

/** Whose an address is now. */
export type Joined = { readonly kind: "joined"; readonly subjectId: SubjectId } | Refusal;

/** Knows who is who: asks resolvers, brings subjects together and takes them apart. */
export interface Identity extends AsyncDisposable {
  /**
   * Finds out who wrote, before they are answered: what a resolver tells is remembered, and somebody it knows by
   * another address is brought together with themselves. Whose turn it is then. Takes two seconds at most, and is over
   * at once when the caller is on the line; a resolver that fails or is slow changes nothing.
   */
  identify(subjectId: SubjectId, signal: AbortSignal): Promise<SubjectId>;
  /** Somebody is on the line: who they are is asked beside the talk, and whoever waits in `identify` waits no more. */
  callConnected(call: CallRecord): void;
  /** Makes one subject part of another. One that is busy is waited for, for three seconds at most. */
  merge(wish: MergeWish): Promise<Merged>;
  /** Takes a merge back. One who is busy is waited for, for three seconds at most. */
  split(wish: SplitWish): Promise<Split>;
  /** Sees to it that an address is a subject's. Where it is another's, they are one person: whoever has a phone number stays. */
  joinAddress(wish: JoinWish): Promise<Joined>;
  /** Does what was decided and not finished, because a program died or the store was away; for the sweeper. */
  goOn: Merging["goOn"];
  /** Resolves when nobody is asked about callers. */
  settled(): Promise<void>;
}

const PATIENCE_MS = 3_000;

/** The identity of one process. */
export function openIdentity(parts: IdentityParts): Identity {
  const { ledger } = parts;
  const lookups = openLookups(parts);
  const merging = openMerging(parts);
  /** Who waits in `identify`, and how they stop waiting. */
  const waiting = new Map<SubjectId, () => void>();
  const background = new Set<Promise<void>>();

  return {
    async identify(subjectId, signal) {
      const who = await ledger.subjects.whose(subjectId);
      const resolver = who === undefined ? undefined : parts.resolverOf(who.tenant);
      if (who === undefined || resolver === undefined) return subjectId;
      const subject = await ledger.subjects.get(who);
      if (subject === undefined || subject.id !== subjectId) return subject?.id ?? subjectId;
      const lookup = await wantedLookup({ who, addressKeys: subject.addressKeys, resolver });
      if (lookup !== undefined) await patientLookup(lookup, signal);
      return await broughtTogether(who, resolver);
    },

    callConnected(call) {
      const { tenant, subjectId } = call;
      waiting.get(subjectId)?.();
      const resolver = parts.resolverOf(tenant);
      if (resolver === undefined) return;
      const asking = askAboutCaller(call, resolver)
        .catch((error: unknown) => {
          parts.onFailure(error, subjectId);
        })
        .finally(() => background.delete(asking));
      background.add(asking);
    },

    merge: (wish) => merging.merge(wish, PATIENCE_MS),
    split: (wish) => merging.split(wish, PATIENCE_MS),

    async joinAddress({ tenant, subjectId, addressKey, alias, by }) {
      const self = (await ledger.subjects.get({ tenant, subjectId }))?.id;
      if (self === undefined) return mergeRefusal("unknown");
      const holder = await ledger.subjects.join({ tenant, subjectId: self, addressKey, alias });
      if (holder === self) return { kind: "joined", subjectId: self };
      const [into, from] = addressKey.startsWith(NUMBER) ? [holder, self] : [self, holder];
      const merged = await merging.merge({ tenant, into, from, reason: "the address was proven", by }, PATIENCE_MS);
      return merged.kind === "merged" ? { kind: "joined", subjectId: merged.merge.into } : merged;
    },

    goOn: (now, signal) => merging.goOn(now, signal),

    async settled() {
      await Promise.all(background);
    },

    async [Symbol.asyncDispose]() {
      await lookups[Symbol.asyncDispose]();
      await Promise.all(background);
    },
  };

  /** What is to be asked before a text is answered: its sender's number, or one of theirs. Whoever hides theirs has none. */
  async function wantedLookup(about: {
    readonly who: SubjectRef;
    readonly addressKeys: readonly string[];
    readonly resolver: NamedResolver;
  }): Promise<Lookup | undefined> {
    const { who, addressKeys, resolver } = about;
    const rows = await ledger.inbox.pending(who);
    const text = rows.findLast(({ body }) => body.kind === "text")?.body;
    if (text?.kind !== "text") return undefined;
    const numbers = addressKeys.filter((key) => key.startsWith(NUMBER)).map((key) => key.slice(NUMBER.length));
    const number = numbers.find((each) => each === text.from) ?? numbers[0];
    return number === undefined ? undefined : { who, number, channel: text.channel, resolver };
  }

  /** Asks and waits for the answer, unless somebody has no time for that; then the question goes on by itself. */
  async function patientLookup(lookup: Lookup, signal: AbortSignal): Promise<void> {
    const { subjectId } = lookup.who;
    const hurry = Promise.withResolvers<void>();
    function stopWaiting(): void {
      hurry.resolve();
    }
    waiting.set(subjectId, stopWaiting);
    signal.addEventListener("abort", stopWaiting, { once: true });
    try {
      await Promise.race([lookups.ask(lookup), hurry.promise]);
    } finally {
      signal.removeEventListener("abort", stopWaiting);
      waiting.delete(subjectId);
    }
  }

  async function askAboutCaller(call: CallRecord, resolver: NamedResolver): Promise<void> {
    const { tenant, subjectId } = call;
    const number = call.direction === "inbound" ? call.from : call.to;
    const subject = await ledger.subjects.get({ tenant, subjectId });
    if (subject?.addressKeys.includes(NUMBER + number) !== true) return;
    const who = { tenant, subjectId: subject.id };
    await lookups.ask({ who, number, channel: "voice", resolver });
    await broughtTogether(who, resolver);
  }

  /** The subject that one is by what the resolver told: itself, or whoever the resolver knows by the same id. */
  async function broughtTogether(who: SubjectRef, resolver: NamedResolver): Promise<SubjectId> {
    for (const told of await ledger.resolutions.of(who, resolver.name)) {
      const holder = await holderOf(who, told);
      if (holder === undefined || holder === who.subjectId) continue;
      const reason = "the resolver knows both by one id";
      const by = `resolver:${resolver.name}`;
      const wish = { tenant: who.tenant, into: holder, from: who.subjectId, reason, by };
      const merged = await merging.merge(wish, 0);
      // One who is busy is brought together before a later turn.
      if (merged.kind === "merged") return merged.merge.into;
    }
    return who.subjectId;
  }

  async function holderOf(who: SubjectRef, told: Resolution): Promise<SubjectId | undefined> {
    const { foundKey, outcome, apart, holder } = told;
    if (foundKey === undefined || outcome === "nobody") return undefined;
    if (holder !== undefined) return apart ? undefined : holder;
    return await ledger.subjects.join({ ...who, addressKey: foundKey });
  }
}

const NUMBER = "tel:";
