import type { SubjectId } from "../../core/ids.ts";
import type { TextChannelName } from "../../core/message.ts";
import { MAX_SEND_ATTEMPTS, retryDelayMs, type OutboxRow, type SendOutcome } from "../../core/outbox.ts";
import type { FoundMessage, TextChannel } from "../../core/ports/channel.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Dispatch } from "../../core/ports/dispatch.ts";
import type { Ledger } from "../../core/ports/ledger.ts";

/** What the outbox loop stands on. */
export interface OutboxParts {
  readonly ledger: Ledger;
  readonly channels: ReadonlyMap<TextChannelName, TextChannel>;
  readonly clock: Clock;
  readonly dispatch: Dispatch;
  /** How long after a lost answer the provider is asked whether it took the message, in milliseconds. */
  readonly ambiguousAfterMs: number;
  /** In [0, 1). */
  readonly random: () => number;
  /** A row that only corrects the record now waits in the inbox. */
  readonly onWork: (subjectId: SubjectId) => void;
  /** An attempt did not succeed; the code is the provider's or the network's. */
  readonly onTrouble: (row: OutboxRow, code: string) => void;
}

/** How often the provider is asked about a message before a person has to look. */
const MAX_LOOKS = 5;
const LOOK_AGAIN_MS = 5_000;

// A request that is under way when the program stops is let finish: cut off, nobody would know whether it was accepted.
const unhurried = new AbortController().signal;

/** Sends what waits for a subject, in order, one at a time; given to the outbox's dispatch. */
export function outboxWork(parts: OutboxParts): (subjectId: SubjectId, signal: AbortSignal) => Promise<void> {
  const { ledger, clock } = parts;
  const looks = new Map<OutboxRow["id"], number>();
  return async (subjectId, signal) => {
    while (!signal.aborted && (await next(subjectId, signal)));
  };

  async function next(subjectId: SubjectId, signal: AbortSignal): Promise<boolean> {
    const claim = await ledger.outbox.claim({ subjectId, now: clock.now(), ambiguousAfterMs: parts.ambiguousAfterMs });
    switch (claim.kind) {
      case "empty":
        return false;
      case "wait":
        parts.dispatch.wake(subjectId, claim.untilMs);
        return false;
      case "suppressed":
        parts.onWork(subjectId);
        return true;
      case "send":
        return await send(claim.row);
      case "look":
        return await look(claim.row, signal);
    }
  }

  async function send(row: OutboxRow): Promise<boolean> {
    const channel = channelOf(row);
    const outcome: SendOutcome =
      channel === undefined
        ? { kind: "refused", code: "no_channel", reason: "misconfigured" }
        : await channel.send(row, unhurried);
    if (outcome.kind !== "sent") parts.onTrouble(row, outcome.code);
    const now = clock.now();
    const lastTry = row.attempts >= MAX_SEND_ATTEMPTS;
    const final: SendOutcome =
      outcome.kind === "retry" && lastTry ? { kind: "refused", code: outcome.code, reason: "other" } : outcome;
    const nextAt = final.kind === "retry" ? now + retryDelayMs(row.attempts, parts.random(), final.afterMs) : undefined;
    const state = await ledger.outbox.record({
      id: row.id,
      outcome: final,
      now,
      ...(nextAt === undefined ? {} : { nextAt }),
    });
    if (state === "failed") parts.onWork(row.subjectId);
    return true;
  }

  async function look(row: OutboxRow, signal: AbortSignal): Promise<boolean> {
    const found: FoundMessage = (await channelOf(row)?.find(row, signal)) ?? { kind: "unclear", code: "no_channel" };
    if (found.kind === "unclear") parts.onTrouble(row, found.code);
    const looked = (looks.get(row.id) ?? 0) + 1;
    const again = found.kind === "unclear" && looked < MAX_LOOKS;
    if (again) looks.set(row.id, looked);
    else looks.delete(row.id);
    const now = clock.now();
    await ledger.outbox.resolve({
      id: row.id,
      found: found.kind,
      now,
      ...(found.kind === "found" ? { providerId: found.providerId } : {}),
      ...(again ? { nextAt: now + LOOK_AGAIN_MS * looked } : {}),
    });
    return true;
  }

  function channelOf(row: OutboxRow): TextChannel | undefined {
    return row.channel === "voice" ? undefined : parts.channels.get(row.channel);
  }
}
