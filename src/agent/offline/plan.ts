import { answerBill } from "./billing.ts";
import { excuse, look, type Desk } from "./desk.ts";
import { answerDevice } from "./devices.ts";
import { answerOrder, answerParcel } from "./orders.ts";
import { questions } from "./questions.ts";
import {
  abilities,
  firstName,
  greet,
  leave,
  recallName,
  recallOrder,
  recallWords,
  selfPortrait,
} from "./small-talk.ts";
import { call, say, type Call, type Step } from "./step.ts";
import { talkOf } from "./talk.ts";
import { wishesOf, type Wish } from "./wishes.ts";
import { firstSentences } from "./wording.ts";

// A turn in which so many calls did not lead to an answer never will.
const MOST_CALLS = 8;
const MOST_CHARACTERS = 320;

/** Decides what to do next in a talk: call tools, or speak. */
export function plan(desk: Desk): Step {
  if (desk.talk.words === "") return afterNote(desk);
  const wishes = wishesOf(desk.talk.words, desk);
  const steps = wishes.map((wish) =>
    wish.kind === "name" && wishes.length === 1
      ? say(`Nice to meet you, ${wish.name}. What can I do for you?`)
      : answerWish(wish, desk),
  );
  const calls = uniqueCalls(steps);
  if (calls.length > 0 && desk.talk.fresh.length < MOST_CALLS) return call(...calls);
  const text = steps.flatMap((step) => (step.kind === "say" ? [step.text] : [])).join(" ");
  return say(continued(firstSentences(text === "" ? unclear : text, MOST_CHARACTERS), desk));
}

const unclear = `I am not sure what you mean. ${abilities}`;

function answerWish(wish: Wish, desk: Desk): Step {
  switch (wish.kind) {
    case "greet":
      return greet(desk);
    case "thank":
      return say(`You are welcome${firstName(desk)}. Is there anything else?`);
    case "leave":
      return leave(desk);
    case "who":
      return say(selfPortrait);
    case "wait":
      return say("Of course, I am listening.");
    case "well":
      return say("All is well here, thank you. What can I do for you?");
    case "fine":
      return say("All right. Is there anything else?");
    case "solved":
      return say("Glad that it works again. Is there anything else?");
    case "upset":
      return say(`I am sorry about that. ${questions.colleague}`);
    case "name":
      return say(`Nice to meet you, ${wish.name}.`);
    case "recall":
      return wish.what === "words" ? recallWords(desk) : wish.what === "order" ? recallOrder(desk) : recallName(desk);
    case "again":
      return again(wish.how, desk);
    case "order":
      return answerOrder(wish, desk);
    case "parcel":
      return answerParcel(wish, desk);
    case "bill":
      return answerBill(wish, desk);
    case "device":
      return answerDevice(wish, desk);
    case "question":
      return answerQuestion(wish.text, desk);
    case "person":
      return askPerson(wish.urgent, desk);
    case "unclear":
      return classify(wish.text, desk);
  }
}

/** Answers from what the business has written down, and says where it stands. */
function answerQuestion(text: string, desk: Desk): Step {
  const looked = look(desk, "search_knowledge", { query: text.slice(0, 200) });
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(excuse(looked));
  const [best] = looked.value.passages;
  if (best === undefined) return say(`I find nothing about that in our articles. ${questions.colleague}`);
  const article = best.title.split(":")[0] ?? best.title;
  if (desk.talk.voice)
    return say(`${firstSentences(best.text, 220)} That is from our article about ${article.toLowerCase()}.`);
  return say(`${firstSentences(best.text, 240)} (From our article "${article}".)`);
}

function askPerson(urgent: boolean, desk: Desk): Step {
  const made = desk.talk.fresh.findLast((line) => line.tool === "escalate_to_human");
  const summary = [...desk.talk.past.flatMap((line) => (line.who === "customer" ? [line.text] : [])), desk.talk.words];
  const looked = look(desk, "escalate_to_human", {
    reason: "the customer asks for a person",
    priority: urgent ? "urgent" : "medium",
    summary: `The customer said: ${summary.slice(-5).join(" / ").slice(0, 600)}`,
  });
  // Asked once is asked, whatever the words were.
  if (looked.kind === "ask" && made === undefined) return looked.step;
  if (looked.kind === "failed")
    return say("I am sorry, I cannot reach a colleague just now. Please try again a little later.");
  const within = looked.kind === "known" ? ` It may take up to ${looked.value.expectedWithin}.` : "";
  return say(
    `I have asked a colleague to take over and passed on what you told me.${within} You can go on writing or talking to me meanwhile.`,
  );
}

/** Nothing in the words says what is meant: the classifier and the articles are asked, and then the customer. */
function classify(text: string, desk: Desk): Step {
  const words = text.slice(0, 200);
  const isQuestion = /\?\s*$|^(?:how|what|when|where|which|who|why|can|could|do|does|is|are|will)\b/iu.test(words);
  const sorted = look(desk, "classify_intent", { message: words });
  const articles = isQuestion ? look(desk, "search_knowledge", { query: words }) : undefined;
  const steps = [sorted, articles].flatMap((looked) => (looked?.kind === "ask" ? [looked.step] : []));
  if (steps.length > 0) return call(...uniqueCalls(steps));
  if (articles?.kind === "known" && articles.value.passages.length > 0) return answerQuestion(words, desk);
  return say(unclear);
}

// What is no news is not worth being said again.
const aboutTheTalk = /^(?:Of course, I am listening|I said: |That was all)/u;

/** Says again what was said, or goes on where the customer broke in. */
function again(how: "go on" | "repeat", desk: Desk): Step {
  const reply = desk.talk.past.findLast((line) => line.who === "agent" && !aboutTheTalk.test(line.text));
  if (reply?.who !== "agent") return say("I have not said anything yet. What is it about?");
  if (!reply.cut) return say(how === "repeat" ? `I said: ${reply.text}` : `That was all: ${reply.text}`);
  // What was to be said is worked out again from what was asked then, with what the tools returned then and now.
  const upTo = desk.talk.past.lastIndexOf(reply);
  const then = talkOf(desk.talk.past.slice(0, upTo), desk.talk.voice);
  if (then.words === "") return say(`I said: ${reply.text}`);
  const step = plan({ ...desk, talk: { ...then, spoken: "", fresh: [...then.fresh, ...desk.talk.fresh] } });
  return step.kind === "call"
    ? step
    : say(`As I was saying: ${how === "go on" ? rest(step.text, reply.text) : step.text}`);
}

/** What of a text was not said yet, from the beginning of the sentence that was cut. */
function rest(text: string, heard: string): string {
  if (!text.startsWith(heard.trimEnd())) return text;
  const sentence = Math.max(heard.lastIndexOf(". "), heard.lastIndexOf("? "), heard.lastIndexOf(": "));
  return sentence < 0 ? text : text.slice(sentence + 2);
}

/** Goes on where an attempt stopped that had begun to speak. */
function continued(text: string, desk: Desk): string {
  const { spoken } = desk.talk;
  if (spoken.trim() === "") return text;
  const left = text.startsWith(spoken.trimEnd())
    ? text.slice(spoken.trimEnd().length).trimStart()
    : `As I was saying: ${text}`;
  return left === "" ? "That was all. Is there anything else?" : left;
}

function afterNote(desk: Desk): Step {
  const { note } = desk.talk;
  if (note === "") return say("I am here. What can I do for you?");
  if (/escalated":true/u.test(note)) return say("A colleague has been asked to take over.");
  if (/"(?:error|status)":"?(?:unknown|failed|tool_failed)/u.test(note))
    return say(`What I had begun did not work out. ${questions.colleague}`);
  return say("What I had begun is done now. Shall I go on with it?");
}

function uniqueCalls(steps: readonly Step[]): readonly Call[] {
  const calls = new Map<string, Call>();
  for (const step of steps) {
    if (step.kind !== "call") continue;
    for (const each of step.calls) calls.set(JSON.stringify(each), each);
  }
  return [...calls.values()];
}
