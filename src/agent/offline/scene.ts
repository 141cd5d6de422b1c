import { lastReply, outputOf, type Desk } from "./desk.ts";
import { askedIn, type Asked } from "./questions.ts";
import { troubleAt, type Trouble } from "./trouble.ts";

/** What the talk is about, told by what was looked up and said last. */
export type Topic =
  /** An order of the customer: its parcel, its contents, what it cost. */
  | { readonly kind: "order" }
  /** An order that is not there, or not theirs. */
  | { readonly kind: "missing" }
  /** Help with a device. */
  | { readonly kind: "trouble" }
  /** One of the articles. */
  | { readonly kind: "article"; readonly name: string; readonly title: string }
  /** A colleague who was asked. */
  | { readonly kind: "person"; readonly within: string };

/** Where the talk stands before the words that are to be answered. */
export interface Scene extends Desk {
  readonly topic: Topic | undefined;
  /** Help with a device that has not come to an end, even when the talk has gone on to something else. */
  readonly trouble: Trouble | undefined;
  /** What the agent said last. */
  readonly reply: string;
  /** What the agent's last words asked. */
  readonly asked: Asked | undefined;
}

/** Reads where a talk stands. */
export function sceneOf(desk: Desk): Scene {
  const trouble = troubleAt(desk);
  const reply = lastReply(desk)?.text ?? "";
  return { ...desk, trouble, topic: topicOf(desk, trouble !== undefined), reply, asked: askedIn(reply) };
}

function topicOf(desk: Desk, inTrouble: boolean): Topic | undefined {
  for (const line of desk.talk.past.toReversed()) {
    if (line.who === "agent" && inTrouble && /\bStep \d+: /u.test(line.text)) return { kind: "trouble" };
    const order =
      outputOf("order_status", line) ?? outputOf("lookup_order", line) ?? outputOf("get_tracking_info", line);
    if (order !== undefined) return { kind: order.found ? "order" : "missing" };
    const asked = outputOf("escalate_to_human", line);
    if (asked !== undefined) return { kind: "person", within: asked.expectedWithin };
    const title = outputOf("search_knowledge", line)?.passages[0]?.title;
    if (title !== undefined) return { kind: "article", title, name: articleName(title) };
  }
  return undefined;
}

/** The article's own title, of a passage's title. */
export function articleName(title: string): string {
  return title.split(":")[0] ?? title;
}
