import type { SubjectId } from "../../core/ids.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { SessionChange, SessionState } from "../../core/session.ts";
import type { Settlement } from "../../core/turn-record.ts";
import { newCustomer, noon, ref, says, settlementOf, takeTurn } from "./stage.ts";

/** The newest session of a subject that has one. */
export async function currentSession(ledger: Ledger, subjectId: SubjectId) {
  const session = await ledger.sessions.current(ref(subjectId));
  if (session === undefined) throw new Error("the subject has no session");
  return session;
}

/** Fires every timer that is due, and tells what each made of its session; undefined where it stayed as it was. */
export async function fired(ledger: Ledger, now: number): Promise<readonly (SessionState | undefined)[]> {
  const states: (SessionState | undefined)[] = [];
  for (;;) {
    const timer = await ledger.fireTimer(now);
    if (timer === undefined) return states;
    states.push(timer.session?.session.state);
  }
}

/** Takes what is pending and settles it. */
export async function settles(
  ledger: Ledger,
  subjectId: SubjectId,
  change: Partial<Settlement> & { readonly now?: number } = {},
): Promise<void> {
  const { now = noon, ...decided } = change;
  const { turn, fence } = await takeTurn(ledger, subjectId, { now });
  await ledger.settle({ settlement: settlementOf(turn, decided), fence, now });
}

/** A customer who asked for a person. */
export async function escalated(ledger: Ledger): Promise<SubjectId> {
  const subjectId = await says(ledger, newCustomer(), "A human, please");
  const escalation = { priority: "high", reason: "asked", summary: "wants a person" } as const;
  await settles(ledger, subjectId, { outcome: "failed", escalation });
  return subjectId;
}

/** Changes a subject's session as a person would. */
export async function changes(
  ledger: Ledger,
  subjectId: SubjectId,
  change: { readonly cause: "closed" | "operator_answered" | "escalated"; readonly now?: number },
): Promise<(SessionChange & { readonly toSend: boolean }) | undefined> {
  return await ledger.sessions.change({ ...ref(subjectId), by: "console", now: noon, ...change });
}

/** What was told of a subject's sessions, in order: names with details. */
export async function sessionEvents(ledger: Ledger, subjectId: SubjectId) {
  const events = await ledger.events.after(0, 100_000);
  return events
    .filter((event) => event.subjectId === subjectId && /^(?:session|survey)_/u.test(event.name))
    .map(({ name, detail }) => [name, detail]);
}
