import { memoryModel } from "../../agent/memory/memory-model.ts";
import { offlineModels } from "../../agent/models/offline.ts";
import type { AgentRegistry } from "../../agent/registry.ts";
import type { SubjectRef, TenantId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import type { Answering } from "../loops/attempt.ts";
import { memoryPass } from "../loops/memory-pass.ts";
import { noTroubles } from "../loops/memory-trouble.ts";

/** What remembering without a model stands on. */
export interface RememberingParts {
  readonly ledger: Pick<Ledger, "sessions" | "subjects">;
  readonly store: ConversationStore;
  readonly clock: Clock;
  readonly registry: AgentRegistry;
  /** Whose schema counts for a tenant's customers who wrote to this number of ours, and how many turns their window holds. */
  readonly answering: (tenant: TenantId, ours: string | undefined) => Answering;
}

/** One pass remembers more than a thousand entries; what is left then is for the next time. */
const MOST_PASSES = 100;

/** Brings what nobody remembers yet of a conversation into its memory, as the loop would, but by rules: no model is asked. */
export function rememberByRules(parts: RememberingParts): (who: SubjectRef, signal: AbortSignal) => Promise<void> {
  const { ledger, store, clock, registry, answering } = parts;
  const model = memoryModel({ registry, models: offlineModels(), clock });
  return async function remember({ tenant, subjectId }, signal) {
    const subject = await ledger.subjects.get({ tenant, subjectId });
    const by = answering(tenant, subject?.ours);
    const pass = { store, sessions: ledger.sessions, model, clock, troubles: noTroubles(), onError: () => undefined };
    for (let passes = 0; passes < MOST_PASSES && !signal.aborted; passes += 1) {
      const { more } = await memoryPass(pass, { tenant, subjectId, ...by, signal });
      if (!more) return;
    }
  };
}
