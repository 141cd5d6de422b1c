import { ContinuoError } from "../../core/errors.ts";
import { nextSession, type SessionCause, type SessionState } from "../../core/session.ts";
import { LIBRARY, type LibraryDesk } from "./desk.ts";
import type { Whom } from "./whom.ts";

/** The reasons for which a program changes a session, the mildest first. */
const causes = ["answered", "operator_answered", "escalated"] as const satisfies readonly SessionCause[];

/** Why a program changes a session. */
export type ProgramCause = (typeof causes)[number];

/** Brings a session into another state. Rejects with `bad_request` when only time or the customer does that. */
export async function bringSession(
  desk: LibraryDesk,
  whom: Whom,
  step: { readonly from: SessionState; readonly to: SessionState },
): Promise<void> {
  const { from, to } = step;
  if (from === to) return;
  if (to === "CLOSED") {
    await desk.calls.end(whom.subjectId);
    await desk.platform.customers.close(whom, LIBRARY);
    return;
  }
  const cause = causes.find((one) => nextSession(from, one) === to);
  if (cause === undefined)
    throw new ContinuoError(
      "bad_request",
      `a session that is ${from} cannot be made ${to}: silence makes one IDLE, and a customer begins a NEW one`,
    );
  await moveSession(desk, whom, cause);
}

/** Changes a session for a reason, as far as the table of transitions says that it changes. */
export async function moveSession({ platform }: LibraryDesk, whom: Whom, cause: ProgramCause): Promise<void> {
  const { ledger, clock, work } = platform;
  const { tenant, subjectId } = whom;
  const change = await ledger.sessions.change({ tenant, subjectId, cause, by: LIBRARY, now: clock.now() });
  if (change?.toSend === true) work.onReply(subjectId);
  work.onCommit();
}
