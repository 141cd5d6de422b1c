import { excuse, look } from "./desk.ts";
import { questions } from "./questions.ts";
import { articleName, type Scene } from "./scene.ts";
import { unclear } from "./small-talk.ts";
import { call, say, type Call, type Step } from "./step.ts";
import { stepsOf } from "./trouble.ts";
import type { Wish } from "./wish.ts";
import { firstSentences, spoken } from "./wording.ts";

/** Answers from what the business has written down, in at most so many characters, and says where it stands. */
export function answerQuestion(wish: Extract<Wish, { kind: "question" }>, scene: Scene, most: number): Step {
  const asked = wish.text.slice(0, 200).replace(/\bhow (?:much|expensive)\b/iu, "cost");
  const query = wish.within === undefined ? asked : `${wish.within} ${asked}`;
  const looked = look(scene, "search_knowledge", { query });
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(excuse(looked));
  const passages = looked.value.passages.filter((passage) => stepsOf(passage.text).length === 0);
  const best = wish.within === undefined ? passages[0] : passages.find((passage) => goesOn(passage, wish, scene));
  if (best !== undefined) return say(worded(best, scene, most));
  if (wish.within !== undefined) return inAnother(wish, wish.within, scene);
  return say(`I find nothing about that in our articles. ${questions.colleague}`);
}

/** What goes on about one article may be answered by another, if it says by itself what it is about. */
function inAnother(wish: Extract<Wish, { kind: "question" }>, within: string, scene: Scene): Step {
  const looked = look(scene, "search_knowledge", { query: wish.text.slice(0, 200) });
  if (looked.kind === "ask") return looked.step;
  const best =
    looked.kind === "known" ? looked.value.passages.find((passage) => goesOn(passage, wish, scene)) : undefined;
  if (best !== undefined) return say(worded(best, scene, 240));
  return say(`Our article "${within}" says no more about that. ${questions.colleague}`);
}

/** Whether a passage answers a question that goes on about an article: another passage, or one with what "how long" or "how much" asks for. */
function goesOn(
  passage: { readonly title: string; readonly text: string },
  wish: Extract<Wish, { kind: "question" }>,
  { topic }: Scene,
): boolean {
  const ownArticle = articleName(passage.title) === wish.within;
  if (/^(?:how (?:long|soon|fast|many)|when)\W*\b/iu.test(wish.text))
    return ownArticle && /\b(?:hours?|days?|weeks?|months?|years?)\b/u.test(passage.text);
  if (/^how (?:much|expensive)\W*\b/iu.test(wish.text)) return ownArticle && /\bUSD\b|\bfree\b/u.test(passage.text);
  const telling =
    wish.text
      .toLowerCase()
      .match(/\p{L}{4,}/gu)
      ?.filter((word) => !asking.test(word)) ?? [];
  const words = `${passage.title} ${passage.text}`.toLowerCase();
  if (telling.length > 0) return telling.some((word) => words.includes(word.slice(0, 6)));
  return topic?.kind !== "article" || passage.title !== topic.title;
}

const asking =
  /^(?:about|what|when|where|which|with|that|this|they|them|there|does|have|will|would|could|should|much|long|many|also|even|only|from|into|your|those)$/u;

/** Nothing in the words says what is meant: the classifier and the articles are asked, and then the customer. */
export function classify(text: string, scene: Scene): Step {
  const words = text.slice(0, 200);
  const sorted = look(scene, "classify_intent", { message: words });
  const articles = look(scene, "search_knowledge", { query: words });
  const calls = [sorted, articles].flatMap((looked): readonly Call[] =>
    looked.kind === "ask" && looked.step.kind === "call" ? looked.step.calls : [],
  );
  if (calls.length > 0) return call(...calls);
  const best =
    articles.kind === "known"
      ? articles.value.passages.find(({ text: prose }) => stepsOf(prose).length === 0)
      : undefined;
  return say(best === undefined ? unclear(scene) : worded(best, scene, 240));
}

function worded(passage: { readonly title: string; readonly text: string }, scene: Scene, most: number): string {
  const { voice } = scene.talk;
  const article = articleName(passage.title);
  const text = spoken(firstSentences(passage.text, most), voice);
  return voice
    ? `${text} That is from our article about ${article.toLowerCase()}.`
    : `${text} (From our article "${article}".)`;
}
