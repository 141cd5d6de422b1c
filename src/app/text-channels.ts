import { smsChannel } from "../channels/sms.ts";
import { twilioClient } from "../channels/twilio/client.ts";
import { whatsappChannel } from "../channels/whatsapp.ts";
import type { TextChannelName } from "../core/message.ts";
import type { TextChannel } from "../core/ports/channel.ts";
import type { Clock } from "../core/ports/clock.ts";
import { startFakeTwilio, type FakeTwilio } from "../simulator/twilio.ts";
import type { TwilioConfig } from "./config.ts";

/** The ways out for texts, and the Twilio that is played when there is no real one. */
export interface TextChannels {
  readonly byName: ReadonlyMap<TextChannelName, TextChannel>;
  readonly twilio: FakeTwilio | undefined;
}

/** Opens the text channels; in simulator mode the REST API they send to is played, unless an address says otherwise. */
export async function openTextChannels(
  config: TwilioConfig,
  where: { readonly publicUrl: string; readonly url: string; readonly clock: Clock },
): Promise<TextChannels> {
  const { accountSid, rest } = config;
  const authToken = config.authTokens[0];
  const played = config.mode === "simulator" && config.apiBaseUrl === undefined;
  const twilio = played
    ? await startFakeTwilio({ line: { accountSid, authToken, publicUrl: where.publicUrl, reachUrl: where.url } })
    : undefined;
  const client = twilioClient({
    accountSid,
    authToken,
    ...(rest.username === accountSid ? {} : { apiKey: { sid: rest.username, secret: rest.password } }),
    apiBaseUrl: config.apiBaseUrl ?? twilio?.url ?? "https://api.twilio.com",
    // Whoever stands in for the one API stands in for the other: credentials go nowhere else.
    messagingBaseUrl: config.messagingBaseUrl ?? config.apiBaseUrl ?? twilio?.url ?? "https://messaging.twilio.com",
    publicUrl: where.publicUrl,
    clock: where.clock,
  });
  const byName = new Map<TextChannelName, TextChannel>([
    ["sms", smsChannel(client)],
    ["whatsapp", whatsappChannel(client)],
  ]);
  return { byName, twilio };
}
