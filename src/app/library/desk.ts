import type { SubjectId } from "../../core/ids.ts";
import type { QueueBySubject } from "../identity/queue-by-subject.ts";
import type { Platform } from "../platform.ts";
import type { TenantSettings } from "../tenants.ts";
import type { Replies } from "./replies.ts";
import type { SpokenCalls } from "./spoken-calls.ts";

/** What the calls of the library stand on, for one tenant. */
export interface LibraryDesk {
  readonly platform: Platform;
  readonly tenant: TenantSettings;
  /** Whether the number that was dialled may choose another tenant. */
  readonly everyTenant: boolean;
  readonly replies: Replies;
  readonly calls: SpokenCalls;
  readonly inTurn: QueueBySubject;
  /** Aborts when nothing new is to be begun. */
  readonly stop: AbortSignal;
  /** Whether replies stay within the program. */
  readonly direct: boolean;
}

/** By whom changes are made, as the record tells it. */
export const LIBRARY = "library";

/** Does something for a customer when everything that was asked for before is done; rejects as soon as the signal aborts. */
export async function inOrder<Result>(
  desk: Pick<LibraryDesk, "inTurn" | "stop">,
  subjectId: SubjectId,
  options: { readonly signal: AbortSignal | undefined; readonly work: () => Promise<Result> },
): Promise<Result> {
  const { signal, work } = options;
  throwIfOver();
  const aborted = Promise.withResolvers<never>();
  function giveUp(): void {
    aborted.reject(signal?.reason);
  }
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    const done = desk.inTurn([subjectId], () => {
      throwIfOver();
      return work();
    });
    return await Promise.race([done, aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }

  function throwIfOver(): void {
    desk.stop.throwIfAborted();
    signal?.throwIfAborted();
  }
}
