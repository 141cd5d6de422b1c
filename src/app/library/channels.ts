import type { SubjectId, TenantId } from "../../core/ids.ts";
import type { TextChannelName } from "../../core/message.ts";
import type { OutboxRow, SendOutcome } from "../../core/outbox.ts";
import type { TextChannel } from "../../core/ports/channel.ts";
import type { Replies } from "./replies.ts";

/**
 * A text to a customer that no call of the library waits for: the late result of a tool, a question after a session, the
 * answer to a message whose call was given up or whose program ended.
 */
export interface OutgoingText {
  /** The same when it is handed over once more, because nobody knows whether the first time succeeded. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly subjectId: SubjectId;
  readonly channel: TextChannelName;
  /** The customer's number, or the name they were given. */
  readonly to: string;
  readonly text: string;
}

/** Takes a text to a customer. A rejection means that it was not taken: it is tried again, a bounded number of times. */
export type Deliver = (message: OutgoingText) => Promise<void> | void;

/** What handing replies over stands on. */
export interface HandingParts {
  readonly replies: Pick<Replies, "sent">;
  /** Undefined keeps in the record only what nobody waits for. */
  readonly deliver: Deliver | undefined;
  /** Told why a text was not taken. */
  readonly onFailure: (error: unknown, subjectId: SubjectId) => void;
}

/** The ways out of a program that sends nothing by itself: each hands a reply to the call that waits for it. */
export function directChannels(parts: HandingParts): ReadonlyMap<TextChannelName, TextChannel> {
  const names: readonly TextChannelName[] = ["sms", "whatsapp", "web"];
  return new Map(names.map((name) => [name, directChannel(name, parts)]));
}

/** Real ways out that tell the call that waits for a reply when it was taken; what nobody waits for goes out just so. */
export function watchedChannels(
  real: ReadonlyMap<TextChannelName, TextChannel>,
  replies: Pick<Replies, "sent">,
): ReadonlyMap<TextChannelName, TextChannel> {
  return new Map([...real].map(([name, channel]) => [name, watched(channel, replies)]));
}

function directChannel(name: TextChannelName, parts: HandingParts): TextChannel {
  return {
    name,
    // Nobody charges by the part here, and whoever waits wants the reply as it was made.
    split: (text) => [text],
    async send(row) {
      return parts.replies.sent(row) ? taken(row) : await handOver(name, row, parts);
    },
    // The program died while it handed this over: whoever waited is gone, and the id tells a second time from a first.
    find: () => Promise.resolve({ kind: "absent" }),
  };
}

async function handOver(channel: TextChannelName, row: OutboxRow, parts: HandingParts): Promise<SendOutcome> {
  const { id, tenant, subjectId, to, body: text } = row;
  try {
    await parts.deliver?.({ id, tenant, subjectId, channel, to, text });
    return taken(row);
  } catch (error) {
    parts.onFailure(error, subjectId);
    return { kind: "retry", code: "deliver_failed" };
  }
}

function watched(channel: TextChannel, replies: Pick<Replies, "sent">): TextChannel {
  return {
    ...channel,
    async send(row, signal) {
      const outcome = await channel.send(row, signal);
      if (outcome.kind === "sent") replies.sent(row);
      return outcome;
    },
    async find(row, signal) {
      const found = await channel.find(row, signal);
      if (found.kind === "found") replies.sent(row);
      return found;
    },
  };
}

function taken(row: OutboxRow): SendOutcome {
  return { kind: "sent", providerId: row.id };
}
