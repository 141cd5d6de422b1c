import { z } from "zod";
import { ContinuoError } from "../../core/errors.ts";
import type { TextChannelName } from "../../core/message.ts";
import type { TenantSettings } from "../tenants.ts";
import { agentAddress, CHAT_ADDRESS } from "../tenants.ts";
import { given, words } from "./border.ts";
import { inOrder, LIBRARY, type LibraryDesk } from "./desk.ts";
import type { Answer, MessageOutcome } from "./replies.ts";
import { write } from "./talking.ts";
import { whomOfUser, type Whom } from "./whom.ts";

/** By which way a message comes. `text` is `sms`. */
export type MessageChannel = TextChannelName | "voice" | "text";

/** How one message is to be processed. */
export interface MessageOptions {
  /**
   * Our number that was dialled or written to: it chooses the agent, and the tenant where none was asked for by its id.
   * Default: the tenant's first number.
   */
  readonly to?: string;
  /** Of two written messages with the same id the second is a `duplicate` and has no effect. */
  readonly messageId?: string;
  /** Stops the waiting. A message that was accepted by then is answered all the same, and handed to `deliver`. */
  readonly signal?: AbortSignal;
}

/** What came of a message. */
export interface ProcessedMessage {
  /** What the customer is told; empty when nothing is said. */
  readonly text: string;
  readonly outcome: MessageOutcome;
  readonly channel: MessageChannel;
  readonly sessionId: string;
}

/** One message, as the calls of the library give it. */
export interface GivenMessage {
  readonly input: string;
  readonly channel: MessageChannel;
  readonly sessionId: string;
  readonly userId?: string | undefined;
  /** An agent that was asked for by its name. */
  readonly agent?: string | undefined;
  readonly options?: MessageOptions | undefined;
}

/** Accepts a message, answers it when everything before it is answered, and gives the answer with whose it is. */
export async function answerMessage(
  desk: LibraryDesk,
  message: GivenMessage,
): Promise<{ readonly whom: Whom; readonly answer: Answer }> {
  const { input, channel, sessionId, userId } = given(messageShape, message);
  const { options = {} } = message;
  const { signal, messageId } = given(optionsShape, options);
  signal?.throwIfAborted();
  const tenant = tenantOf(desk, options.to);
  const to = dialledNumber(desk, tenant, message);
  const whom = await whomOfUser({ ...desk, tenant }, { sessionId, userId });
  const answer = await inOrder(desk, whom.subjectId, {
    signal,
    async work() {
      if (channel === "voice") return await desk.calls.say({ tenant, whom, text: input, to }, signal);
      // Whoever writes is not on the phone any more.
      await desk.calls.end(whom.subjectId);
      const text = { tenant, whom, text: input, to, channel: channel === "text" ? "sms" : channel } as const;
      return await write(desk, { ...text, messageId, answered: true }, signal);
    },
  });
  return { whom, answer };
}

const messageShape = z.object({
  input: words,
  channel: z.enum(["sms", "whatsapp", "web", "voice", "text"], {
    error: "must be sms, whatsapp, web, voice or text",
  }),
  sessionId: z.string({ error: "must be a text" }),
  userId: z.string({ error: "must be a text" }).optional(),
});

const optionsShape = z.object({
  to: z.string({ error: "must be a text" }).optional(),
  messageId: z
    .string({ error: "must be a text" })
    .min(1, { error: "is empty" })
    .max(256, { error: "is too long" })
    .optional(),
  signal: z.instanceof(AbortSignal, { error: "must be an AbortSignal" }).optional(),
});

function tenantOf(desk: LibraryDesk, to: string | undefined): TenantSettings {
  if (to === undefined) return desk.tenant;
  const serving = desk.platform.tenants.serving(to)?.tenant;
  if (serving === undefined || (!desk.everyTenant && serving.id !== desk.tenant.id))
    throw new ContinuoError("bad_request", "the number in `to` is not served here");
  return serving;
}

function dialledNumber(desk: LibraryDesk, tenant: TenantSettings, message: GivenMessage): string {
  const to = message.options?.to ?? tenant.numbers[0];
  if (!desk.direct && message.channel !== "voice" && message.channel !== "web") {
    if (message.agent !== undefined)
      throw new ContinuoError(
        "bad_request",
        "an agent by its name cannot answer by Twilio; give it a number of its own and name that in `to`",
      );
    if (to === undefined)
      throw new ContinuoError("bad_request", "say in `to` which of your numbers the reply is to be sent from");
  }
  if (message.agent !== undefined) return agentAddress(message.agent);
  if (message.options?.to === undefined && message.channel === "web") return CHAT_ADDRESS;
  return to ?? LIBRARY;
}
