import type { SubjectRef } from "../core/ids.ts";
import { addressOfSession } from "../core/session-name.ts";
import type { OpenState } from "./maintenance.ts";
import type { MappedSession, SessionMap } from "./session-map.ts";
import type { TenantSettings } from "./tenant-settings.ts";

/** What became of one session of a map. */
export type ImportStep =
  | { readonly kind: "imported" | "same" | "empty"; readonly sessionId: string; readonly alias?: string }
  /** The customer has another conversation at OpenAI already, which stays. */
  | { readonly kind: "kept"; readonly sessionId: string; readonly alias: string }
  /** That other conversation is not used any more; it stays at OpenAI until somebody deletes it there. */
  | { readonly kind: "replaced"; readonly sessionId: string; readonly alias: string; readonly before: string }
  | { readonly kind: "refused"; readonly sessionId: string; readonly why: string };

/** Whose sessions they become, and how. */
export interface ImportOptions {
  readonly tenant: Pick<TenantSettings, "id" | "defaultCountry" | "session">;
  /** Looks and changes nothing. */
  readonly dryRun: boolean;
  /** Takes the place of a conversation that a customer has at OpenAI already. */
  readonly overwrite: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

type Placed = MappedSession & { readonly addressKey: string; readonly alias: string };

/**
 * Takes the conversations of a session map over, one step a session. Whatever was taken over stays so when it is broken
 * off; it can be done again. Without a state, where none was made yet, it only looks.
 */
export async function* importSessions(
  state: Pick<OpenState, "ledger" | "store"> | undefined,
  map: SessionMap,
  options: ImportOptions,
): AsyncGenerator<ImportStep> {
  const { placed, refused } = placesOf(map, options.tenant.defaultCountry);
  for (const one of [...map.refused, ...refused]) yield { kind: "refused", ...one };
  for (const sessionId of map.empty) yield { kind: "empty", sessionId };
  for (const session of placed) yield await importOne(state, session, options);
}

/** Every session with its customer. Two customers never share a conversation, and of two of one customer the last used counts. */
function placesOf(
  map: SessionMap,
  defaultCountry: string,
): { readonly placed: readonly Placed[]; readonly refused: SessionMap["refused"] } {
  const refused: { readonly sessionId: string; readonly why: string }[] = [];
  const all: Placed[] = [];
  for (const session of map.sessions) {
    const address = addressOfSession(session.sessionId, defaultCountry);
    if (address === undefined) refused.push({ sessionId: session.sessionId, why: "its name is empty" });
    else all.push({ ...session, ...address });
  }
  const owners = new Map<string, Set<string>>();
  const newest = new Map<string, Placed>();
  for (const session of all) {
    const { conversationId, addressKey } = session;
    owners.set(conversationId, (owners.get(conversationId) ?? new Set()).add(addressKey));
    const other = newest.get(addressKey);
    if (other === undefined || other.lastUsed < session.lastUsed) newest.set(addressKey, session);
  }
  const placed: Placed[] = [];
  for (const session of all) {
    const { sessionId } = session;
    if ((owners.get(session.conversationId)?.size ?? 0) > 1)
      refused.push({ sessionId, why: "another customer's session has the same conversation_id: find out whose it is" });
    else if (newest.get(session.addressKey) !== session)
      refused.push({ sessionId, why: `${session.alias} has another session in this file that was used later` });
    else placed.push(session);
  }
  return { placed, refused };
}

async function importOne(
  state: Pick<OpenState, "ledger" | "store"> | undefined,
  session: Placed,
  { tenant: settings, dryRun, overwrite, now }: ImportOptions,
): Promise<ImportStep> {
  const { sessionId, conversationId, addressKey, alias } = session;
  const { id: tenant, session: clocks } = settings;
  const found = await state?.ledger.subjects.find(tenant, addressKey);
  const before = found === undefined ? undefined : (await state?.store.memory({ tenant, subjectId: found }))?.remote;
  if (before?.conversationId === conversationId) return { kind: "same", sessionId, alias };
  if (before !== undefined && !overwrite) return { kind: "kept", sessionId, alias };
  if (!dryRun && state !== undefined) {
    const subjectId = await state.ledger.subjects.findOrMake({ tenant, addressKey, alias, session: clocks, now });
    await keepRemote(state.store, { tenant, subjectId }, session);
  }
  return before === undefined
    ? { kind: "imported", sessionId, alias }
    : { kind: "replaced", sessionId, alias, before: before.conversationId };
}

/** Nobody else has the state open, so the memory is as it was read. */
async function keepRemote(store: OpenState["store"], who: SubjectRef, session: Placed): Promise<void> {
  const { sessionId, conversationId, createdAt, lastUsed } = session;
  const memory = await store.memory(who);
  // What our own record holds already, OpenAI was never told.
  await store.remember(who, { ...memory, remote: { sessionId, conversationId, createdAt, lastUsed, throughSeq: 0 } });
}
