import type { TextChannel } from "../core/ports/channel.ts";
import type { TwilioClient } from "./twilio/client.ts";
import { single, type Form } from "./twilio/form.ts";
import { MAX_MESSAGE_LENGTH, splitText } from "./twilio/segments.ts";

/** WhatsApp over Twilio. */
export function whatsappChannel(client: TwilioClient): TextChannel {
  return {
    name: "whatsapp",
    // Every character costs the same here, so nothing is made cheaper.
    split: (text) => splitText(text, MAX_MESSAGE_LENGTH),
    send: (row, signal) =>
      client.send({ outboxId: row.id, to: prefixed(row.to), from: prefixed(row.from), body: row.body }, signal),
    find: (row, signal) =>
      client.find(
        { to: prefixed(row.to), from: prefixed(row.from), body: row.body, since: row.sendingAt ?? row.createdAt },
        signal,
      ),
    typing: (providerId, signal) => client.typing(providerId, signal),
  };
}

/** A message in words: what was written, or the button or list entry that was chosen, and the place that was shared. */
export function chosenWords(form: Form, body: string): string {
  const words = body === "" ? (firstOf(form, ["ButtonText", "ListTitle", "ButtonPayload", "ListId"]) ?? "") : body;
  const place = sharedPlace(form);
  if (place === undefined) return words;
  return words === "" ? place : `${words}\n${place}`;
}

function prefixed(address: string): string {
  return `whatsapp:${address}`;
}

function firstOf(form: Form, names: readonly string[]): string | undefined {
  return names.map((name) => single(form, name)?.slice(0, 1_000)).find((value) => value !== undefined && value !== "");
}

function sharedPlace(form: Form): string | undefined {
  const latitude = coordinate(single(form, "Latitude"), 90);
  const longitude = coordinate(single(form, "Longitude"), 180);
  if (latitude === undefined || longitude === undefined) return undefined;
  const named = ["Label", "Address"]
    .map((name) => single(form, name)?.slice(0, 500) ?? "")
    .filter((text) => text !== "");
  return `Shared location: ${[...named, `${latitude}, ${longitude}`].join(", ")}`;
}

function coordinate(text: string | undefined, most: number): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) && Math.abs(value) <= most ? value : undefined;
}
