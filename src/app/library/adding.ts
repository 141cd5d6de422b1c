import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { TextChannelName } from "../../core/message.ts";
import { textChannel, words } from "./border.ts";
import { inOrder, LIBRARY, type LibraryDesk } from "./desk.ts";
import { moveSession } from "./session-steps.ts";
import { write } from "./talking.ts";
import type { Whom } from "./whom.ts";

/** A message that a program adds to a session: it is kept, sent to nobody and answered by nobody. */
export interface NewMessage {
  /** `user` or `customer`; `assistant`; `operator` or `agent` for a person of ours; `system` for what the agent should know. */
  readonly role: "user" | "customer" | "assistant" | "operator" | "agent" | "system";
  readonly content: string;
  /** Of two messages with the same id the second is none. */
  readonly messageId?: string;
  /** Default: `web`. */
  readonly channel?: TextChannelName;
}

/** A message as a program must give it. */
export const messageShape = z.object({
  role: z.enum(["user", "customer", "assistant", "operator", "agent", "system"], {
    error: "must be user, customer, assistant, operator, agent or system",
  }),
  content: words,
  messageId: z
    .string({ error: "must be a text" })
    .min(1, { error: "is empty" })
    .max(256, { error: "is too long" })
    .optional(),
  channel: textChannel.optional(),
});

/** Adds a message to the record, when everything that was asked for before is done; resolves when it is there. */
export async function addMessage(desk: LibraryDesk, whom: Whom, message: z.output<typeof messageShape>): Promise<void> {
  const { role, content: text, channel = "web", messageId = randomUUID() } = message;
  const { tenant } = desk;
  await inOrder(desk, whom.subjectId, {
    signal: undefined,
    async work() {
      if (role === "user" || role === "customer")
        await write(desk, { tenant, whom, channel, text, to: LIBRARY, messageId, answered: false });
      else await tell(desk, whom, { who: tellers[role], channel, text, messageId });
    },
  });
}

const tellers = { assistant: "agent", operator: "operator", agent: "operator", system: "platform" } as const;

interface Told {
  readonly who: (typeof tellers)[keyof typeof tellers];
  readonly channel: TextChannelName;
  readonly text: string;
  readonly messageId: string;
}

/** Keeps what somebody else than the customer said: a row for the record, which the next turn or one of its own takes in. */
async function tell(desk: LibraryDesk, whom: Whom, told: Told): Promise<void> {
  const { ledger, clock, work } = desk.platform;
  const { tenant, subjectId } = whom;
  const { messageId, ...said } = told;
  const noted = await ledger.note({
    tenant,
    subjectId,
    key: `told/${subjectId}/${messageId}`,
    treatment: "record",
    body: { kind: "told", ...said },
    now: clock.now(),
  });
  if (noted.kind === "duplicate") return;
  const kept = desk.replies.toRow({ subjectId, inboxId: noted.inboxId });
  work.onWork(subjectId);
  await kept;
  if (told.who !== "platform") await moveSession(desk, whom, told.who === "agent" ? "answered" : "operator_answered");
}
