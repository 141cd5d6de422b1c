import type { SubjectRef } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { FiredTimer, Ledger } from "../../core/ports/ledger.ts";
import type { MergeRecord } from "../../core/ports/merges.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import type { AdminParts, Closing, IdentityChange } from "../../http/admin-parts.ts";
import type { MergeView } from "../../http/customer-views.ts";
import type { Identity } from "../identity.ts";
import type { Chore } from "../loops/sweeper.ts";
import type { Tenants } from "../tenants.ts";
import { customerAnalytics, tenantAnalytics } from "./analytics-view.ts";
import { exportHtml } from "./export-html.ts";
import { exportCustomer } from "./export.ts";
import type { FittingEntity } from "./fitting-entity.ts";
import { forgetCustomer, type ForgettingParts } from "./forgetting.ts";
import { isoTime } from "./iso-time.ts";
import { addedFact, editedEntity, editedFact, forgottenFact } from "./memory-edits.ts";
import { memoryReport } from "./memory-report.ts";
import { openRetention } from "./retention.ts";
import { openScrubbing } from "./scrubbing.ts";
import { openSealing } from "./sealing.ts";
import { sessionSummary, sessionView } from "./session-view.ts";
import { whomMeant } from "./whom.ts";

/** What operators' work on customers stands on. */
export interface CustomersParts extends Pick<ForgettingParts, "forgetRemote" | "hangUp"> {
  readonly ledger: Ledger;
  readonly store: ConversationStore;
  readonly clock: Clock;
  readonly tenants: Pick<Tenants, "of" | "list" | "default">;
  readonly identity: Pick<Identity, "merge" | "split">;
  /** Whether a value that a person sets is one that the customer's agent notes. */
  readonly fittingEntity: FittingEntity;
  /** Counts what was recorded and is not counted yet. */
  readonly catchUp: () => Promise<void>;
  /** Something was committed. */
  readonly onCommit: () => void;
  /** A session was closed: there is something to remember of it, and maybe something to send. */
  readonly onClosed: (who: SubjectRef, closed: { readonly toSend: boolean }) => void;
}

/** Customers as operators see them, and what is to be done about them from time to time. */
export interface Customers extends AdminParts {
  /** Forgets those who have not been seen for too long, and cleans up behind them. */
  readonly chores: readonly Chore[];
  /** Takes in what a timer stands for, if it is about customers. */
  fired(timer: Pick<FiredTimer, "body">): void;
}

/** The end of a conversation that tells the channel used last. */
const LATEST = 50;
const PATIENCE_MS = 15_000;

/** The customers of all tenants. */
export function openCustomers(parts: CustomersParts): Customers {
  const { ledger, store, clock, tenants, identity } = parts;
  const scrubbing = openScrubbing(parts);
  const sealing = openSealing(parts, scrubbing);
  const retention = openRetention({
    ledger,
    clock,
    tenants: tenants.list(),
    async forget(who) {
      await forgetCustomer(parts, who, "retention");
      parts.onCommit();
    },
    scrubbing,
  });
  return {
    chores: [retention, sealing.goOn, () => scrubbing.goOn()],
    fired(timer) {
      sealing.fired(timer);
      scrubbing.fired(timer);
    },

    async find(tenant, name) {
      const { defaultCountry } = tenants.of(tenant) ?? tenants.default;
      const meant = await whomMeant(ledger.subjects, { tenant, defaultCountry }, name);
      return meant.kind === "known" ? { kind: "known", who: { tenant, subjectId: meant.subject.id } } : meant;
    },

    async session(who, { before, limit }) {
      const subject = await ledger.subjects.get(who);
      if (subject === undefined) return undefined;
      const latest = await store.page(who, { limit: Math.max(limit, LATEST) });
      const entries = before === undefined ? latest.slice(-limit) : await store.page(who, { limit, beforeSeq: before });
      await parts.catchUp();
      return sessionView({
        subject,
        session: await ledger.sessions.current(who),
        entries,
        latest,
        memory: await store.memory(who),
        counts: await ledger.totals.ofSubject(who),
        now: clock.now(),
      });
    },

    async sessions(who, limit) {
      return (await ledger.sessions.list(who, limit)).map(sessionSummary);
    },

    close,

    async analytics(who) {
      await parts.catchUp();
      return customerAnalytics(await ledger.totals.ofSubject(who), await store.memory(who));
    },

    async totals(tenant, range) {
      await parts.catchUp();
      return tenantAnalytics(range, await ledger.totals.ofDays(tenant, range));
    },

    memory: async (who) => memoryReport(who.subjectId, await store.memory(who)),
    addFact: (who, fact, by) => addedFact(parts, { who, by }, fact),
    editFact: (who, edit, by) => editedFact(parts, { who, by }, edit),
    forgetFact: (who, id) => forgottenFact(parts, who, id),
    async editEntity(who, { name, value: given }, by) {
      const value = given === undefined ? undefined : await parts.fittingEntity(who, { name, value: given });
      if (given !== undefined && value === undefined) return { kind: "unfit" };
      const session = await ledger.sessions.current(who);
      return await editedEntity(parts, { who, by }, { name, value, session: session?.id });
    },

    async merge({ into, from, reason, by }) {
      const { tenant } = into;
      const wish = { tenant, into: into.subjectId, from: from.subjectId, reason, by };
      return changeOf(await identity.merge(wish));
    },
    split: async (wish) => changeOf(await identity.split(wish)),
    async merges(who) {
      return (await ledger.merges.of(who)).map(mergeView);
    },

    async exported(who, by) {
      const document = await exportCustomer(parts, who, by);
      parts.onCommit();
      return document;
    },
    exportPage: exportHtml,
    async forget(who, by) {
      const removed = await scrubbing.owe(who.tenant);
      const forgotten = await forgetCustomer(parts, who, by).finally(() => {
        removed();
        parts.onCommit();
      });
      if (forgotten === undefined) return undefined;
      return { ...forgotten, files: (await scrubbedInTime()) ? "clean" : "later" };
    },
  };

  /** Large files take longer than anybody waits for an answer; they are cleaned all the same. */
  async function scrubbedInTime(): Promise<boolean> {
    const inTime = new AbortController();
    const impatient = clock.sleep(PATIENCE_MS, inTime.signal).then(() => false);
    const clean = await Promise.race([scrubbing.scrub(), impatient]);
    inTime.abort();
    return clean;
  }

  async function close(who: SubjectRef, by: string): Promise<Closing> {
    const change = await ledger.sessions.change({ ...who, cause: "closed", by, now: clock.now() });
    if (change !== undefined) {
      parts.onClosed(who, { toSend: change.toSend });
      parts.onCommit();
      return { kind: "closed", session: sessionSummary(change.session) };
    }
    const session = await ledger.sessions.current(who);
    return session === undefined ? { kind: "no_session" } : { kind: "closed_before", session: sessionSummary(session) };
  }
}

function changeOf(change: Awaited<ReturnType<Identity["merge" | "split"]>>): IdentityChange {
  if (change.kind === "refused") return change;
  return { kind: "done", merge: mergeView(change.merge) };
}

function mergeView({ id, into, from, reason, by, at, state }: MergeRecord): MergeView {
  return { mergeId: id, into, from, reason, by, at: isoTime(at), state };
}
