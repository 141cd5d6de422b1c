import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openIdentity, type Identity, type IdentityParts } from "../../src/app/identity.ts";
import type { SubjectId } from "../../src/core/ids.ts";
import type { Entry } from "../../src/core/item.ts";
import type { Ledger } from "../../src/core/ports/ledger.ts";
import type { ResolveRequest, Resolver } from "../../src/core/ports/resolver.ts";
import type { ConversationStore } from "../../src/core/ports/store.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite.ts";
import { openSqliteStore, sqliteStorePart } from "../../src/stores/sqlite.ts";
import { noon, ref, settlementOf, takeTurn, text, type Customer } from "../../src/testing/ledger/stage.ts";
import { movableClock, type MovableClock } from "./movable-clock.ts";

/** A program's identity with a ledger and a store of its own. */
export interface People {
  readonly ledger: Ledger;
  readonly store: ConversationStore;
  readonly clock: MovableClock;
  readonly identity: Identity;
  /** What the resolver was asked. */
  readonly asked: readonly ResolveRequest[];
  readonly failures: readonly unknown[];
  /** Who was said to have something new to look at. */
  readonly moved: ReadonlySet<SubjectId>;
  /** A customer texts and is answered, both at a moment. */
  talks(customer: Customer, words: string, at?: number): Promise<SubjectId>;
  /** A customer texts and waits for an answer. */
  texts(customer: Customer, words: string): Promise<SubjectId>;
  /** What a conversation's entries say, in order. */
  said(subjectId: SubjectId): Promise<readonly string[]>;
  /** Ends the program and starts it again on the same files, with some parts changed. */
  again(changed?: Changed): Promise<People>;
}

/** What a test may want otherwise. */
export interface Changed {
  readonly resolver?: Resolver;
  /** A store that does something in another way. */
  readonly store?: (store: ConversationStore) => ConversationStore;
}

/** Opens everything on a folder of its own, which is gone with the test. */
export async function openPeople(changed: Changed = {}): Promise<People> {
  const folder = await mkdtemp(join(tmpdir(), "continuo-people-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "continuo.db");
  await writeFile(file, await emptyDatabase());
  return await openOn(file, movableClock(), changed);
}

/** A moment that does not come by itself. */
export function never(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(new Error("aborted"));
    });
  });
}

let made: Promise<Buffer> | undefined;

/** A database with its tables and nothing in them, made once: making the tables takes most of the time. */
function emptyDatabase(): Promise<Buffer> {
  made ??= makeDatabase();
  return made;
}

async function makeDatabase(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "continuo-people-"));
  const file = join(folder, "empty.db");
  const ledger = await openSqliteLedger({ file, parts: [sqliteStorePart] });
  await ledger[Symbol.asyncDispose]();
  const database = await readFile(file);
  await rm(folder, { recursive: true, force: true });
  return database;
}

async function openOn(file: string, clock: MovableClock, changed: Changed): Promise<People> {
  const ledger = await openSqliteLedger({ file, parts: [sqliteStorePart] });
  const opened = openSqliteStore(ledger);
  const store = changed.store?.(opened) ?? opened;
  const asked: ResolveRequest[] = [];
  const failures: unknown[] = [];
  const moved = new Set<SubjectId>();
  const { resolver } = changed;
  const parts: IdentityParts = {
    ledger,
    store,
    clock,
    resolverOf: () =>
      resolver === undefined
        ? undefined
        : {
            name: "crm",
            ask(request, signal) {
              asked.push(request);
              return resolver(request, signal);
            },
          },
    onFailure: (error) => failures.push(error),
    onMoved: ({ subjectId }) => moved.add(subjectId),
    onDelayed: (error) => failures.push(error),
  };
  const identity = openIdentity(parts);
  const control = new AbortController();
  async function close(): Promise<void> {
    if (control.signal.aborted) return;
    control.abort();
    await identity[Symbol.asyncDispose]();
    await ledger[Symbol.asyncDispose]();
  }
  onTestFinished(close);

  return {
    ledger,
    store,
    clock,
    identity,
    asked,
    failures,
    moved,
    async talks(customer, words, at = noon) {
      const { subjectId } = await ledger.accept(text(customer, words, { now: at }));
      const { turn, fence } = await takeTurn(ledger, subjectId, { now: at });
      const settlement = settlementOf(turn);
      const { seq } = await store.load(turn, { turns: 0 });
      await store.append({
        ...turn,
        turnId: turn.id,
        fence,
        expectedSeq: seq,
        at,
        items: [
          { kind: "customer", channel: "sms", text: words },
          { kind: "agent", channel: "sms", text: `Yes: ${words}`, status: "complete" },
        ],
        settlement,
      });
      await ledger.settle({ settlement, fence, now: at });
      await ledger.take({ subjectId, holder: "one", leaseMs: 1, now: at });
      return subjectId;
    },
    texts: async (customer, words) => (await ledger.accept(text(customer, words))).subjectId,
    said: async (subjectId) => (await store.page(ref(subjectId), { limit: 10_000 })).flatMap(customersWords),
    async again(next = {}) {
      await close();
      return await openOn(file, clock, next);
    },
  };
}

function customersWords({ item }: Entry): readonly string[] {
  return item.kind === "customer" ? [item.text] : [];
}
