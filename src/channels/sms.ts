import type { TextChannel } from "../core/ports/channel.ts";
import type { TwilioClient } from "./twilio/client.ts";
import { cheapPunctuation, MAX_MESSAGE_LENGTH, splitText } from "./twilio/segments.ts";

/** SMS over Twilio. */
export function smsChannel(client: TwilioClient): TextChannel {
  return {
    name: "sms",
    split: (text) => splitText(cheapPunctuation(text), MAX_MESSAGE_LENGTH),
    send: (row, signal) => client.send({ outboxId: row.id, to: row.to, from: row.from, body: row.body }, signal),
    find: (row, signal) =>
      client.find({ to: row.to, from: row.from, body: row.body, since: row.sendingAt ?? row.createdAt }, signal),
  };
}
