import { newClaimId, newOutboxId, type SubjectId } from "../../core/ids.ts";
import type { CodeRequest } from "../../core/ports/codes.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { ToolClaim } from "../../core/tool-call.ts";
import type { BoundTurn } from "../../core/turn-record.ts";
import { answered, noon, ours, rings, settlementOf, takeTurn, tenant, text, type Customer } from "./stage.ts";

/** Lets something happen to a customer in nearly every table; whose it is. */
export async function livesALot(ledger: Ledger, customer: Customer): Promise<SubjectId> {
  const { callSid, subjectId } = await rings(ledger, customer);
  await ledger.calls.end({ callSid, now: noon });
  await ledger.accept(text(customer, "Where is it?"));
  const { turn, fence } = await takeTurn(ledger, subjectId);
  const claim = claimOf(turn, fence);
  await ledger.toolCalls.claim(claim);
  await ledger.toolCalls.finish({ id: claim.id, output: "on its way", now: noon });
  await ledger.settle({ settlement: settlementOf(turn), fence, now: noon });
  await ledger.lanes.free({ subjectId, holder: "one" });
  await answered(ledger, customer, "On its way.");
  await ledger.codes.issue(codeFor(customer, subjectId));
  const after = await ledger.totals.counted();
  const subjects = [{ subjectId, counts: { smsTexts: 1 } }];
  await ledger.totals.add({ after, through: after + 1, subjects, days: [] });
  await ledger.accept(text(customer, "STOP"));
  return subjectId;
}

/** An act of a turn. */
export function claimOf(turn: BoundTurn, fence: number): ToolClaim {
  return {
    id: newClaimId(noon),
    subjectId: turn.subjectId,
    turnId: turn.id,
    fence,
    callId: "call-1",
    tool: "cancel",
    arguments: JSON.stringify({ order: "A1" }),
    effect: "writes",
    act: "cancel/A1",
    idempotent: false,
    deadlineAt: noon + 1_000,
    now: noon,
  };
}

/** A code by which somebody proves a customer's number. */
export function codeFor(customer: Customer, subjectId: SubjectId): CodeRequest {
  return {
    tenant,
    key: `web:visitor-of-${customer.alias}/${customer.addressKey}`,
    counted: [customer.addressKey],
    most: 5,
    windowMs: 60_000,
    codeHash: "a".repeat(64),
    expiresAt: noon + 60_000,
    text: {
      id: newOutboxId(noon),
      subjectId,
      channel: "sms",
      to: customer.number,
      from: ours,
      addressKey: customer.addressKey,
      body: "123456 is your code.",
    },
    now: noon,
  };
}
