import type { FiredTimer, TimerBody } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { callBySid } from "./call-rows.ts";
import { endCall } from "./calls.ts";
import { fireRemote } from "./remote-timer.ts";
import { fireScrub } from "./scrub-timer.ts";
import { fireSeal } from "./seal-timer.ts";
import { fireSession } from "./session-timer.ts";
import { subjectById, type SubjectRow } from "./subjects.ts";
import { takeTimer } from "./timers.ts";

/** Takes one due timer and does what it stands for. */
export function fireTimer(db: SqlConnection, args: { readonly now: number }): FiredTimer | undefined {
  for (;;) {
    const timer = takeTimer(db, args.now);
    if (timer === undefined) return undefined;
    if (timer.body.kind === "forget_remote") return fireRemote(db, timer.body, args.now);
    if (timer.body.kind === "scrub") return fireScrub(db, timer.body, args.now);
    if (timer.body.kind === "seal") return fireSeal(db, timer.body, args.now);
    const subject = subjectById(db, timer.subjectId);
    // Whoever is not there any more has nothing left to happen.
    if (subject === undefined) continue;
    return { ...timer, tenant: subject.tenant, ...fire(db, timer.body, { subject, now: args.now }) };
  }
}

function fire(
  db: SqlConnection,
  body: Exclude<TimerBody, { kind: "forget_remote" | "scrub" | "seal" }>,
  at: { readonly subject: SubjectRow; readonly now: number },
): Pick<FiredTimer, "toSend" | "session"> {
  const { subject, now } = at;
  switch (body.kind) {
    case "call_grace": {
      const call = callBySid(db, body.callSid);
      // A call that came back since has another epoch, and its own timer.
      const lost = call?.state === "lost" && call.epoch === body.epoch;
      return { toSend: lost && endCall(db, { callSid: body.callSid, now }).toSend };
    }
    case "session":
      return fireSession(db, subject, { sessionId: body.sessionId, now });
  }
}
