import { knownName, lastOrder, lookBack, type Desk } from "./desk.ts";
import { questions } from "./questions.ts";
import { say, type Step } from "./step.ts";
import { smallTalk } from "./wishes.ts";
import { orderName } from "./wording.ts";

/** What it is able to do, in one sentence. */
export const abilities =
  "I can look up an order, track a parcel, explain a bill, help with a device, answer questions about shipping and returns, or ask a colleague.";

/** What it is. */
export const selfPortrait = `I am an AI assistant, not a person. At the moment an offline, rule-based stand-in answers you; it is not a language model. ${abilities}`;

/** Greets, by name when one is known. */
export function greet(desk: Desk): Step {
  const name = firstName(desk);
  const again = desk.talk.past.some((line) => line.who === "agent") ? " again" : "";
  return say(`Hello${again}${name}. ${again === "" ? abilities : "What can I do for you?"}`);
}

/** Takes leave. */
export function leave(desk: Desk): Step {
  return say(`Goodbye${firstName(desk)}, and thank you for getting in touch.`);
}

/** Tells what was said before, by the customer. */
export function recallWords(desk: Desk): Step {
  const said = desk.talk.past
    .flatMap((line) => (line.who === "customer" ? [line.text.replaceAll(/\s+/gu, " ").trim()] : []))
    .filter((text) => smallTalk(text) === undefined);
  const last = said.at(-1);
  if (last === undefined) return say("This is the first thing you tell me. What is it about?");
  const before = said.at(-2);
  return say(before === undefined ? `You said ${quote(last)}.` : `You said ${quote(before)} and then ${quote(last)}.`);
}

/** A customer's words, in quotation marks and not too many of them. */
function quote(text: string): string {
  return `"${text.length > 110 ? `${text.slice(0, 109)}…` : text}"`;
}

/** Tells which order was spoken about, or which the customer has. */
export function recallOrder(desk: Desk): Step {
  const { voice } = desk.talk;
  const spoken = lastOrder(desk);
  if (spoken !== undefined) return say(`We spoke about ${orderName(spoken, voice)}. Shall I look up how far it is?`);
  const looked = lookBack(desk, "lookup_customer");
  if (looked.kind === "ask") return looked.step;
  const own = looked.kind === "known" && looked.value.found ? looked.value.orders[0] : undefined;
  if (own === undefined)
    return say(`We have not spoken about an order yet, and I see none under your number. ${questions.whichOrder}`);
  return say(`We have not spoken about one yet. I see ${orderName(own.orderId, voice)}, which is ${own.status}.`);
}

/** Tells the customer's name. */
export function recallName(desk: Desk): Step {
  const name = knownName(desk);
  if (name !== undefined) return say(`You are ${name}.`);
  const looked = lookBack(desk, "lookup_customer");
  if (looked.kind === "ask") return looked.step;
  return say("I do not know your name yet. What is it?");
}

/** The customer's first name after a comma, or nothing. */
export function firstName(desk: Desk): string {
  const name = knownName(desk)?.split(" ")[0];
  return name === undefined ? "" : `, ${name}`;
}
