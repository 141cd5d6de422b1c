import type { OutboxRow } from "../core/outbox.ts";
import type { TextChannel } from "../core/ports/channel.ts";
import { splitText } from "./twilio/segments.ts";

/** Where replies to visitors go: to the browsers that are open now. Whoever is away reads them when he comes back. */
export interface WebDesk {
  /** Shows a reply; a second time changes nothing for whoever saw it. */
  deliver(row: OutboxRow): void;
  /** Shows that a reply is being written. */
  typing(visitorId: string): void;
}

/** The most characters (UTF-16 units) of one message. */
const MOST_LENGTH = 8_000;

/** The chat on web pages. A reply is sent as soon as it is durable: nobody stands between us and the visitor. */
export function webChannel(desk: WebDesk): TextChannel {
  return {
    name: "web",
    split: (text) => splitText(text, MOST_LENGTH),
    send(row) {
      desk.deliver(row);
      return Promise.resolve({ kind: "sent", providerId: row.id });
    },
    find(row) {
      // Its program died before it wrote that it was sent; whoever is here now may not have seen it.
      desk.deliver(row);
      return Promise.resolve({ kind: "found", providerId: row.id });
    },
    typing(providerId) {
      desk.typing(visitorOf(providerId));
      return Promise.resolve();
    },
  };
}

/** The id of a visitor's message within the channel. */
export function webMessageId(visitorId: string, messageId: string): string {
  return `${visitorId}/${messageId}`;
}

/** The id that the visitor's browser gave a message. */
export function ownMessageId(providerId: string): string {
  return providerId.slice(providerId.indexOf("/") + 1);
}

function visitorOf(providerId: string): string {
  return providerId.slice(0, providerId.indexOf("/"));
}
