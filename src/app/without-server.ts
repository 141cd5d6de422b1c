import { readAgentsConfig } from "../agent/agents-config.ts";
import { agentRegistry } from "../agent/registry.ts";
import { ContinuoError } from "../core/errors.ts";
import type { SubjectRef } from "../core/ids.ts";
import type { CustomerExport, Receipt } from "../http/customer-views.ts";
import type { Config } from "./config.ts";
import { cleanSessions, type Cleaned, type CleaningWish } from "./customers/cleaning.ts";
import { exportCustomer } from "./customers/export.ts";
import { forgetCustomer } from "./customers/forgetting.ts";
import { rememberByRules } from "./customers/remembering.ts";
import { openScrubbing, oweScrub } from "./customers/scrubbing.ts";
import { whomMeant, type Meant } from "./customers/whom.ts";
import { openLog } from "./log.ts";
import { isOlder, openWherever } from "./maintenance.ts";
import { modelsOf } from "./models.ts";
import { openRemoteDeletions } from "./remote-deletions.ts";
import { systemClock } from "./system-clock.ts";
import { loadTenants, type TenantSettings } from "./tenants.ts";
import { answeringOf } from "./work.ts";

/** What the command line does about customers, without a server or beside one. */
export interface WithoutServer extends AsyncDisposable {
  /** The tenant of a name, or the one that is meant without one. Throws `bad_request` when there is none. */
  tenant(name: string | undefined): TenantSettings;
  /** Whether opening has brought an older database to this version. */
  readonly upgraded: boolean;
  /** Every tenant. */
  readonly tenants: readonly TenantSettings[];
  /** Whom a person means. */
  find(tenant: TenantSettings, name: string): Promise<Meant>;
  /** Everything that is kept of a customer. */
  exported(who: SubjectRef): Promise<CustomerExport | undefined>;
  /** Forgets a customer, everywhere. */
  forget(who: SubjectRef): Promise<Receipt | undefined>;
  /** Cleans sessions away that were closed long ago. */
  clean(wish: Omit<CleaningWish, "now">, signal: AbortSignal): AsyncGenerator<Cleaned>;
}

/** In place of a key's name. */
const BY = "command line";

/**
 * Opens what the command line needs, beside a running server or alone. Rejects with `not_found` when there is no
 * database yet, and with `bad_request` when the conversations are in a running server's memory.
 */
export async function openWithoutServer(config: Config): Promise<WithoutServer> {
  const registry = agentRegistry(await readAgentsConfig(process.cwd()), () => undefined);
  const { tenants } = await loadTenants(config, { overrides: {}, agents: registry.list() });
  await using opening = new AsyncDisposableStack();
  // Only who opens it alone changes that; beside a server an older one is refused.
  const upgraded = isOlder(config.state);
  const { ledger, store, beside } = opening.use(await openWherever(config.state));
  if (beside && config.state.store === "memory") throw inMemory();
  const clock = systemClock;
  const scrubbing = openScrubbing({ ledger, clock });
  const deletions = opening.use(
    openRemoteDeletions({
      ledger,
      clock,
      conversations: modelsOf(config.model).remote?.conversations,
      log: openLog({ level: "silent", files: false, style: "json" }),
    }),
  );
  const remember = rememberByRules({
    ledger,
    store,
    clock,
    registry,
    answering: (tenant, ours) => answeringOf(tenants, tenant, ours),
  });
  const open = opening.move();

  return {
    upgraded,
    tenants: tenants.list(),
    tenant(name) {
      const found = name === undefined ? tenants.default : tenants.of(name);
      if (found === undefined) throw new ContinuoError("bad_request", `there is no tenant ${JSON.stringify(name)}`);
      return found;
    },
    find: ({ id, defaultCountry }, name) => whomMeant(ledger.subjects, { tenant: id, defaultCountry }, name),
    exported: (who) => exportCustomer({ ledger, store, clock }, who, BY),
    async forget(who) {
      const removed = await scrubbing.owe(who.tenant);
      const parts = { ledger, store, clock, forgetRemote, hangUp: nobodyIsOnTheLine };
      const forgotten = await forgetCustomer(parts, who, BY).finally(removed);
      if (forgotten === undefined) return undefined;
      return { ...forgotten, files: await scrubbed(who) };
    },
    async *clean(wish, signal) {
      const total = { sessions: 0, entries: 0, rows: 0 };
      const now = clock.now();
      for await (const cleaned of cleanSessions({ ledger, store, remember }, { ...wish, now }, signal)) {
        total.sessions += cleaned.sessions;
        total.entries += cleaned.entries;
        total.rows += cleaned.rows ?? 0;
        yield cleaned;
      }
      if (wish.dryRun || total.sessions === 0) return;
      const event = { name: "conversations_cleaned", tenant: wish.tenant, detail: { by: BY, ...total } } as const;
      await ledger.events.add([event], clock.now());
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };

  function forgetRemote(tenant: SubjectRef["tenant"], ids: readonly string[]): Promise<Receipt["remote"]> {
    return deletions.forget(tenant, ids);
  }

  /** While the files are written anew nobody else can write: that is for the server to do, which then queues what comes in. */
  async function scrubbed({ tenant }: SubjectRef): Promise<Receipt["files"]> {
    if (!beside) return (await scrubbing.scrub()) ? "clean" : "later";
    await oweScrub({ ledger, clock }, { tenant, inMs: 0 });
    return "later";
  }
}

/** A call that goes on in the server beside finds that it is nobody's any more when it next writes something down. */
function nobodyIsOnTheLine(): void {}

function inMemory(): ContinuoError {
  return new ContinuoError(
    "bad_request",
    "the conversations are in the running server's memory (PERSISTENCE_ADAPTER=memory): ask that server by its API",
  );
}
