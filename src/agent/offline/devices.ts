import { excuse, look, type Desk } from "./desk.ts";
import { questions } from "./questions.ts";
import { say, type Step } from "./step.ts";
import { stepsOf, troubleAt, type Trouble } from "./trouble.ts";
import type { Wish } from "./wishes.ts";

/** Helps with a device, one step at a time. */
export function answerDevice(wish: Extract<Wish, { kind: "device" }>, desk: Desk): Step {
  const underWay = troubleAt(desk);
  const sameDevice =
    wish.device === undefined || underWay?.title.toLowerCase().includes(wish.device.replace(/s$/u, "")) === true;
  if (underWay !== undefined && (wish.next || sameDevice)) return nextStep(underWay);
  if (
    wish.device === undefined &&
    wish.words.split(/\s+/u).length < 12 &&
    /\b(?:device|it|something|thing|product|item|order)\b/iu.test(wish.words)
  ) {
    return say(`I am sorry to hear that. ${questions.whichDevice}`);
  }
  const looked = look(desk, "search_knowledge", { query: queryOf(wish) });
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(excuse(looked));
  const article = looked.value.passages.find((passage) => stepsOf(passage.text).length > 0);
  if (article === undefined) return say(`I have no instructions for that. ${questions.colleague}`);
  return nextStep({ title: article.title, steps: stepsOf(article.text), given: 0 });
}

function queryOf(wish: Extract<Wish, { kind: "device" }>): string {
  const words = wish.words.slice(0, 160);
  return wish.device === undefined ? `device ${words}` : `${wish.device} ${words}`;
}

function nextStep(trouble: Trouble): Step {
  const number = trouble.given + 1;
  const step = trouble.steps[number - 1];
  if (step === undefined) {
    return say(
      `Then we have tried all ${trouble.steps.length} steps. It looks like a case for the two-year warranty. ${questions.colleague}`,
    );
  }
  const opening = number === 1 ? "Let us try it step by step." : "All right.";
  return say(`${opening} Step ${number}: ${step} ${questions.helped}`);
}
