import { clausesOf } from "./clauses.ts";
import { courtesyIn } from "./courtesies.ts";
import { lookBack, type Desk } from "./desk.ts";
import { firstName, knownName } from "./names.ts";
import { lastOrder } from "./order-numbers.ts";
import { gestureIn, plainWords } from "./plain.ts";
import { questions } from "./questions.ts";
import type { Scene } from "./scene.ts";
import { say, type Step } from "./step.ts";
import { lastSentences, orderName } from "./wording.ts";

/** What it is able to do, in one sentence. */
export function abilities({ talk, tools }: Desk): string {
  if (tools.has("search_properties"))
    return "I can search homes for you: tell me where, what kind, how many bedrooms and your budget.";
  return talk.voice
    ? "I can look up an order, explain a bill, help with a device, or answer a question about shipping and returns."
    : "I can look up an order, track a parcel, explain a bill, help with a device, answer questions about shipping and returns, or ask a colleague.";
}

/** What it is. */
export const selfPortrait = `I am an AI assistant, not a person. At the moment an offline, rule-based stand-in answers you; it is not a language model. ${questions.whatElse}`;

/** Greets, by name when one is known. */
export function greet(desk: Desk): Step {
  const name = firstName(desk);
  const again = desk.talk.past.some((line) => line.who === "agent") || noted(desk) !== undefined ? " again" : "";
  return say(`Hello${again}${name}. ${again === "" ? abilities(desk) : questions.whatElse}`);
}

/** Takes leave. */
export function leave(desk: Desk): Step {
  return say(`Goodbye${firstName(desk)}, and thank you for getting in touch.`);
}

/** Says why: what is known about the reason is what the answer before was made from. */
export function reason({ topic, trouble }: Scene): Step {
  switch (topic?.kind) {
    case "trouble":
      return say(
        `It is what our instructions for it say to try. We are at step ${trouble?.at ?? 1}. ${questions.helped}`,
      );
    case "article":
      return say(`That is what our article "${topic.name}" says; it gives no reason. ${questions.colleague}`);
    case "order":
    case "missing":
      return say(`I only see what the shop's records say, and they give no reason. ${questions.colleague}`);
    case "person":
      return say("Because a person can look into it better than I can.");
    case undefined:
      return say(`I am not sure what you mean. ${questions.whatElse}`);
  }
}

/** Says what is missing in a question that could be about anything. */
export const aboutWhat = "What do you mean: a delivery, a return, a refund or the warranty?";

/** Says that it did not understand; the second time in a row, with another way out. */
export function unclear(scene: Scene): string {
  if (scene.reply.includes(notSure)) return `I still do not understand, I am sorry. ${questions.colleague}`;
  return `${notSure}. ${abilities(scene)}`;
}

const notSure = "I am not sure what you mean";

/** Tells what was said before, by the customer. */
export function recallWords(desk: Desk): Step {
  const said = desk.talk.past
    .flatMap((line) => (line.who === "customer" ? [line.text.replaceAll(/\s+/gu, " ").trim()] : []))
    .filter(
      (text) =>
        gestureIn(text) === undefined &&
        !clausesOf(plainWords(text)).every((clause) => courtesyIn(clause) !== undefined || onlyGreets.test(clause)),
    );
  const last = said.at(-1);
  if (last === undefined) {
    const before = noted(desk);
    return say(
      before === undefined
        ? "This is the first thing you tell me. What is it about?"
        : `Yes${firstName(desk)}. I have noted: ${before} ${questions.whatElse}`,
    );
  }
  const before = said.at(-2);
  return say(before === undefined ? `You said ${quote(last)}.` : `You said ${quote(before)} and then ${quote(last)}.`);
}

const onlyGreets =
  /^\W*(?:hi|hello|hey|yo|good (?:morning|afternoon|evening|day)|greetings|howdy)(?:\W+(?:there|again))?\W*$/iu;

/** What is noted of an earlier part of the talk or of the talk before, as it is told to the customer. */
function noted({ known }: Desk): string | undefined {
  const text = known.summary ?? known.earlier.at(-1)?.summary;
  if (text === undefined || text === "") return undefined;
  // The notes were made by rules as well, so their sentences are known.
  const told = text
    .replaceAll(/\bThe customer (asked|said)\b/gu, "You $1")
    .replaceAll(/\bThe agent (answered|asked)\b/gu, "I $1")
    .replaceAll(/(?<=^|\. )[a-z_]+(?: found nothing\.|: [^"]*?\.)(?= |$)/gu, "")
    .replaceAll(/\s+/gu, " ");
  return lastSentences(told, MOST_NOTED);
}

const MOST_NOTED = 240;

/** A customer's words, in quotation marks and not too many of them. */
function quote(text: string): string {
  return `"${text.length > 110 ? `${text.slice(0, 109)}…` : text}"`;
}

/** Tells which order was spoken about, or which the customer has. */
export function recallOrder(desk: Desk): Step {
  const { voice } = desk.talk;
  const known = lastOrder(desk);
  if (known !== undefined) return say(`We spoke about ${orderName(known, voice)}. ${questions.lookUp}`);
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
