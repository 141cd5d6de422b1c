import { answerQuestion, classify } from "./articles.ts";
import { answerBill } from "./billing.ts";
import { excuse, look, type Desk } from "./desk.ts";
import { answerDevice, answerMove, standing } from "./devices.ts";
import { firstName } from "./names.ts";
import { answerOrder, answerParcel, listOrders } from "./orders.ts";
import { answerProperty } from "./properties.ts";
import { questions } from "./questions.ts";
import { sceneOf, type Scene } from "./scene.ts";
import {
  aboutWhat,
  abilities,
  greet,
  leave,
  reason,
  recallName,
  recallOrder,
  recallWords,
  selfPortrait,
} from "./small-talk.ts";
import { call, say, type Call, type Step } from "./step.ts";
import { talkOf } from "./talk.ts";
import type { Wish } from "./wish.ts";
import { wishesOf } from "./wishes.ts";
import { firstSentences } from "./wording.ts";

// A turn in which so many calls did not lead to an answer never will.
const MOST_CALLS = 8;
// Two parts of a text message for one answer, three for several.
const MOST_CHARACTERS = { one: 320, several: 459 };
const MOST_OF_ARTICLE = { one: 240, several: 130 };

/** Decides what to do next in a talk: call tools, or speak. */
export function plan(desk: Desk): Step {
  if (desk.talk.words === "") return afterNote(desk);
  const property = answerProperty(desk);
  if (property !== undefined) return property.kind === "say" ? say(continued(property.text, desk)) : property;
  const scene = sceneOf(desk);
  const wishes = wishesOf(desk.talk.words, scene);
  const amount = wishes.length === 1 ? "one" : "several";
  const steps = wishes.map((wish) => answerWish(wish, scene, amount));
  const calls = uniqueCalls(steps);
  if (calls.length > 0 && desk.talk.fresh.length < MOST_CALLS) return call(...calls);
  const texts = new Set(steps.flatMap((step) => (step.kind === "say" ? [step.text] : [])));
  const text = inOne([...texts]);
  return say(continued(firstSentences(text === "" ? excuse({ kind: "failed" }) : text, MOST_CHARACTERS[amount]), desk));
}

/** Puts answers together; only the last of them asks whether there is anything else, or for a colleague. */
function inOne(texts: readonly string[]): string {
  return texts
    .map((text, index) =>
      index === texts.length - 1
        ? text
        : text
            .replace(questions.anythingElse, "")
            .replace(questions.colleague, "")
            .replace(questions.whatElse, "")
            .trim(),
    )
    .filter((text) => text !== "")
    .join(" ");
}

function answerWish(wish: Wish, scene: Scene, amount: keyof typeof MOST_OF_ARTICLE): Step {
  switch (wish.kind) {
    case "greet":
      return greet(scene);
    case "thank":
      return say(`You are welcome${firstName(scene)}. ${questions.anythingElse}`);
    case "praise":
      return say(`Thank you, that is kind. ${questions.anythingElse}`);
    case "leave":
      return leave(scene);
    case "who":
      return say(selfPortrait);
    case "abilities":
      return say(abilities(scene));
    case "wait":
      return say("Of course, I am listening.");
    case "well":
      return say(`All is well here, thank you. ${questions.whatElse}`);
    case "fine":
      return say(`All right. ${questions.anythingElse}`);
    case "done":
      return say(`All right${firstName(scene)}. I am here whenever you need me.`);
    case "more":
      return say("Of course. What is it about?");
    case "silent":
      return say(`I am here. ${questions.whatElse}`);
    case "puzzled":
      return say(`Was something unclear? ${abilities(scene)}`);
    case "misunderstood":
      return say("I am sorry, I took that the wrong way. What is it about?");
    case "about what":
      return say(aboutWhat);
    case "why":
      return reason(scene);
    case "how soon":
      return say(
        scene.topic?.kind === "person"
          ? `It may take up to ${scene.topic.within} until a colleague answers.`
          : aboutWhat,
      );
    case "problem":
      return say(`I am sorry to hear that. ${questions.problemWith}`);
    case "stranger":
      return say(
        `That is no trouble. I can answer questions about shipping, returns, payment and the warranty. ${questions.whatElse}`,
      );
    case "rules":
      return say(`I keep to my instructions, and I keep them to myself. ${questions.whatElse}`);
    case "elsewhere":
      return say(`I can only answer you here. ${questions.colleague}`);
    case "others":
      return say("I can only speak about orders that were placed with the number you are using.");
    case "other order":
      return say(questions.whichOrder);
    case "orders":
      return listOrders(scene);
    case "solved":
      return scene.trouble === undefined ? say(`All right. ${questions.anythingElse}`) : answerMove("solved", scene);
    case "sorry":
      return say("I am sorry about that.");
    case "upset":
      return say(`I am sorry that this is not going well. ${questions.colleague}`);
    case "name":
      return say(
        amount === "one" ? `Nice to meet you, ${wish.name}. ${questions.whatElse}` : `Nice to meet you, ${wish.name}.`,
      );
    case "recall":
      return wish.what === "words"
        ? recallWords(scene)
        : wish.what === "order"
          ? recallOrder(scene)
          : recallName(scene);
    case "again":
      return again(wish.how, scene);
    case "order":
      return answerOrder(wish, scene);
    case "parcel":
      return answerParcel(wish, scene);
    case "bill":
      return answerBill(wish, scene);
    case "device":
      return answerDevice(wish, scene);
    case "step":
      return answerMove(wish.move, scene);
    case "question":
      return answerQuestion(wish, scene, MOST_OF_ARTICLE[amount]);
    case "person":
      return askPerson(wish.urgent, scene);
    case "unclear":
      return scene.topic?.kind === "trouble" && scene.trouble !== undefined
        ? say(standing(scene.trouble))
        : classify(wish.text, scene);
  }
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
