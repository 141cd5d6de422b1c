import type { FiredTimer } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { callBySid } from "./call-rows.ts";
import { endCall } from "./calls.ts";
import { takeTimer } from "./timers.ts";

/** Takes one due timer and does what it stands for. */
export function fireTimer(db: SqlConnection, args: { readonly now: number }): FiredTimer | undefined {
  const timer = takeTimer(db, args.now);
  if (timer === undefined) return undefined;
  const { body } = timer;
  const call = callBySid(db, body.callSid);
  // A call that came back since has another epoch, and its own timer.
  const lost = call?.state === "lost" && call.epoch === body.epoch;
  const toSend = lost && endCall(db, { callSid: body.callSid, now: args.now }).toSend;
  return { ...timer, toSend };
}
