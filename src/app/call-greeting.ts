import { ContinuoError } from "../core/errors.ts";
import { greetingFor } from "../core/greeting.ts";
import type { TenantId } from "../core/ids.ts";
import type { Ledger } from "../core/ports/ledger.ts";
import type { AgentVoice } from "../core/ports/responder.ts";
import type { ConversationStore } from "../core/ports/store.ts";

/** What greeting a caller stands on. */
export interface GreetingParts {
  readonly ledger: Pick<Ledger, "subjects">;
  readonly store: Pick<ConversationStore, "memory">;
  /** Told why somebody who may be known was greeted like everybody else. */
  readonly onUngreeted: (error: unknown) => void;
}

/**
 * What a caller is greeted with, from what is known already: two reads of our own, and nobody else is asked. When the
 * store does not answer, the agent's own greeting does.
 */
export async function greetingOf(
  parts: GreetingParts,
  caller: { readonly tenant: TenantId; readonly addressKey: string },
  voice: AgentVoice,
): Promise<string> {
  const { tenant, addressKey } = caller;
  const subjectId = await parts.ledger.subjects.find(tenant, addressKey);
  if (subjectId === undefined) return voice.greeting;
  try {
    return greetingFor(voice, await parts.store.memory({ tenant, subjectId }));
  } catch (error) {
    if (!(error instanceof ContinuoError && error.code.startsWith("store_"))) throw error;
    parts.onUngreeted(error);
    return voice.greeting;
  }
}
