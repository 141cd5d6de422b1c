import type { Conversations } from "../agent/remote/conversations.ts";
import { ContinuoError } from "../core/errors.ts";
import { newTimerId, type TenantId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { FiredTimer, Ledger } from "../core/ports/ledger.ts";
import { deletionKey, nextDeletionMs, nobody } from "../core/remote-deletion.ts";
import { isConversationId } from "../core/remote.ts";
import { remoteForgotten, remoteKept } from "./events-log.ts";
import type { Log } from "./log.ts";

/** Deletes the conversations of forgotten customers at OpenAI, and does not give up easily. */
export interface RemoteDeletions extends AsyncDisposable {
  /** Deletes conversations. What is not gone when it resolves, or when the program dies meanwhile, is tried again for a month. */
  forget(
    tenant: TenantId,
    conversationIds: readonly string[],
  ): Promise<{ readonly deleted: number; readonly queued: number }>;
  /** Takes up what a timer stands for, if it is one of these. The timer is set again already, and taken back when it is done. */
  fired(timer: Pick<FiredTimer, "body">): void;
  /** Resolves when none is under way. */
  settled(): Promise<void>;
}

/** What deleting stands on. */
export interface RemoteDeletionParts {
  readonly ledger: Pick<Ledger, "timers">;
  /** Undefined where no model with a Conversations API is configured (any more): they wait until there is one. */
  readonly conversations: Conversations | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

type Deletion = Extract<FiredTimer["body"], { kind: "forget_remote" }>;

/** Whoever asks waits so long for a deletion, in milliseconds; then it goes on by itself. */
const PATIENCE_MS = 5_000;

/** Starts with none under way. */
export function openRemoteDeletions(parts: RemoteDeletionParts): RemoteDeletions {
  const { ledger, conversations, clock, log } = parts;
  const stop = new AbortController();
  const running = new Map<string, Promise<boolean>>();

  /** Whether it is gone. Never rejects. */
  async function attempted({ tenant, conversationId, attempt }: Deletion): Promise<boolean> {
    try {
      if (conversations === undefined) throw new ContinuoError("model_unavailable", noConversations);
      const items = await conversations.forget(conversationId, stop.signal);
      await ledger.timers.cancel(deletionKey(conversationId));
      remoteForgotten(log, { tenant, conversationId, items });
      return true;
    } catch (cause) {
      if (!stop.signal.aborted) {
        remoteKept(log, { tenant, conversationId, attempt, retryMs: nextDeletionMs(attempt), cause });
      }
      return false;
    }
  }

  function begun(deletion: Deletion): Promise<boolean> {
    const { conversationId } = deletion;
    const known = running.get(conversationId);
    if (known !== undefined) return known;
    const deleting = attempted(deletion).finally(() => running.delete(conversationId));
    running.set(conversationId, deleting);
    return deleting;
  }

  return {
    async forget(tenant, conversationIds) {
      const ids = [...new Set(conversationIds.filter(isConversationId))];
      const first = { kind: "forget_remote", tenant, attempt: 1 } as const;
      for (const conversationId of ids) await setAgain({ ...first, conversationId });
      const waited = new AbortController();
      const tries = ids.map((conversationId) => begun({ ...first, conversationId }));
      const impatient = clock.sleep(PATIENCE_MS, waited.signal).then(() => false);
      const gone = await Promise.all(tries.map((deleting) => Promise.race([deleting, impatient])));
      waited.abort();
      const deleted = gone.filter(Boolean).length;
      return { deleted, queued: ids.length - deleted };
    },
    fired({ body }) {
      // It never rejects, and whoever disposes of this waits for it.
      if (body.kind === "forget_remote" && !stop.signal.aborted) void begun(body);
    },
    async settled() {
      await Promise.all(running.values());
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(running.values());
    },
  };

  /** Sets the timer of the attempt after this one, as firing would. */
  async function setAgain(body: Deletion): Promise<void> {
    const { attempt, conversationId } = body;
    await ledger.timers.set({
      id: newTimerId(clock.now()),
      key: deletionKey(conversationId),
      subjectId: nobody,
      dueAt: clock.now() + (nextDeletionMs(attempt) ?? 0),
      body: { ...body, attempt: attempt + 1 },
    });
  }
}

const noConversations =
  "no model with a Conversations API is configured; set the key again with which the conversation was made";
