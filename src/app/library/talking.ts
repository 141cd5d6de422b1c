import { randomUUID } from "node:crypto";
import { isAnswerable, readAddress } from "../../core/address.ts";
import type { TextChannelName } from "../../core/message.ts";
import type { Accepted } from "../../core/ports/ledger.ts";
import type { Platform } from "../platform.ts";
import type { TenantSettings } from "../tenants.ts";
import type { Answer, Replies } from "./replies.ts";
import { addressText, type Whom } from "./whom.ts";

/** What texting stands on. */
export interface TalkingParts {
  readonly platform: Pick<Platform, "ledger" | "clock" | "work">;
  readonly replies: Replies;
  /** Whether replies stay within the program, so that everybody can be answered, whatever they are called. */
  readonly direct: boolean;
}

/** Something that a customer writes. */
export interface Written {
  readonly tenant: TenantSettings;
  readonly whom: Whom;
  readonly channel: TextChannelName;
  readonly text: string;
  /** Our number or address that was written to. */
  readonly to: string;
  /** Of two messages with the same id the second is none. */
  readonly messageId: string | undefined;
  /** False only keeps it: whoever uses the library answers by themselves. */
  readonly answered: boolean;
}

/** Accepts a text as the server does, and waits for what comes of it. */
export async function write(parts: TalkingParts, written: Written, signal?: AbortSignal): Promise<Answer> {
  const { work } = parts.platform;
  const { subjectId } = written.whom;
  const { limited, help, surveyThanks } = written.tenant.notices;
  const notice = parts.replies.notice(subjectId, [limited, help, surveyThanks]);
  try {
    const accepted = await accept(parts, written);
    if (accepted.kind === "duplicate") return { outcome: "duplicate", text: "" };
    if (accepted.kind === "accepted") {
      const answer = parts.replies.toRow(accepted, signal);
      work.onText(accepted.subjectId, parts.platform.clock.now());
      work.onCommit();
      return await answer;
    }
    return await recorded(parts, accepted, { written, notice: notice.text, signal });
  } finally {
    notice.forget();
  }
}

type Recorded = Extract<Accepted, { kind: "recorded" }>;

async function recorded(
  { platform: { work }, replies }: TalkingParts,
  accepted: Recorded,
  on: { readonly written: Written; readonly notice: Promise<string>; readonly signal: AbortSignal | undefined },
): Promise<Answer> {
  const { subjectId, reason, notified } = accepted;
  // What is over the limit is no turn's yet: it joins the next one.
  const kept = reason === "limited" ? undefined : replies.toRow(accepted, on.signal);
  if (notified) work.onReply(subjectId);
  if (kept !== undefined) work.onWork(subjectId);
  work.onCommit();
  await kept;
  if (!on.written.answered) return { outcome: "recorded", text: "" };
  return { outcome: reason, text: notified ? await on.notice : "" };
}

async function accept({ platform, direct }: TalkingParts, written: Written): Promise<Accepted> {
  const { tenant, whom, channel, to, messageId = randomUUID() } = written;
  const from = addressText(whom.addressKey);
  const providerId = `library/${whom.subjectId}/${messageId}`;
  return await platform.ledger.accept({
    tenant: tenant.id,
    addressKey: whom.addressKey,
    alias: whom.alias,
    providerId,
    body: { kind: "text", channel, from, to, text: written.text, media: [], providerId },
    limits: tenant.limits,
    limitNotice: tenant.notices.limited,
    ...(channel === "whatsapp" ? { helpNotice: tenant.notices.help } : {}),
    surveyNotice: tenant.notices.surveyThanks,
    answerable: written.answered && (direct || isAnswerable(readAddress(from, tenant.defaultCountry), channel)),
    session: tenant.session,
    now: platform.clock.now(),
  });
}
