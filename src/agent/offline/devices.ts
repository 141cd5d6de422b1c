import { excuse, look } from "./desk.ts";
import type { Move } from "./moves.ts";
import { isBad } from "./moves.ts";
import { questions } from "./questions.ts";
import type { Scene } from "./scene.ts";
import { say, type Step } from "./step.ts";
import { exhaustedMark, leftMark, solvedMark, stepsOf, type Trouble } from "./trouble.ts";
import type { Wish } from "./wish.ts";

/** Helps with a device, one step at a time. */
export function answerDevice(wish: Extract<Wish, { kind: "device" }>, scene: Scene): Step {
  const { trouble } = scene;
  if (trouble !== undefined && (wish.device === undefined || wish.device === trouble.device)) {
    const comesBack = scene.topic?.kind !== "trouble" && !isBad(wish.words);
    return comesBack ? say(stepSentence(trouble, trouble.at, "We were at")) : nextStep(trouble);
  }
  if (wish.device === undefined && wish.words.split(/\s+/u).length < 12)
    return say(`I am sorry to hear that. ${questions.whichDevice}`);
  if (!wish.fault) return say(`About your ${wish.device ?? "device"}: ${questions.whatHappens.toLowerCase()}`);
  const looked = look(scene, "search_knowledge", { query: `${wish.device ?? "device"} ${wish.words.slice(0, 160)}` });
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(excuse(looked));
  const article = looked.value.passages.find((passage) => stepsOf(passage.text).length > 0);
  if (article === undefined) return say(`I have no instructions for that. ${questions.colleague}`);
  const found = { title: article.title, device: wish.device, steps: stepsOf(article.text), at: 0, exhausted: false };
  return say(stepSentence(found, 1, "Let us try it step by step."));
}

/** Goes where the customer wants to be among the steps. */
export function answerMove(move: Move, scene: Scene): Step {
  const { trouble } = scene;
  if (move === "solved") return say(`${solvedMark}. ${questions.anythingElse}`);
  if (trouble === undefined) return say(`I am sorry to hear that. ${questions.whichDevice}`);
  if (typeof move !== "string") return say(stepSentence(trouble, move.step));
  switch (move) {
    case "next":
      return nextStep(trouble);
    case "back":
      return say(stepSentence(trouble, Math.max(1, trouble.exhausted ? trouble.at : trouble.at - 1), "Back to"));
    case "first":
      return say(stepSentence(trouble, 1, "From the beginning."));
    case "stay":
      return say(stepSentence(trouble, trouble.at, "Once more."));
    case "explain":
      return say(stepSentence(trouble, trouble.at, "Our instructions give no more than this."));
    case "ready":
      return say("Take your time. Tell me whether it helped.");
    case "leave":
      return say(`All right, ${leftMark}. ${questions.anythingElse}`);
  }
}

/** Says where the help stands, to somebody whose words were not understood. */
export function standing(trouble: Trouble): string {
  return stepSentence(trouble, trouble.at, "I am not sure what you mean. We are at");
}

function nextStep(trouble: Trouble): Step {
  const count = trouble.steps.length;
  if (trouble.exhausted || trouble.at >= count)
    return say(
      `${exhaustedMark} ${count} steps. It looks like a case for the two-year warranty. ${questions.colleague}`,
    );
  return say(stepSentence(trouble, trouble.at + 1, "All right."));
}

/** A step in words: `All right. Step 2: …`, or `We are at step 2: …`. */
function stepSentence(trouble: Trouble, number: number, opening = ""): string {
  const step = trouble.steps[number - 1] ?? "";
  return `${opening} Step ${number}: ${step} ${questions.helped}`.trim();
}
