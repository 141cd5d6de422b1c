import { excuse, look, type Desk } from "./desk.ts";
import { chooseOrder, linesSentence, notYours } from "./orders.ts";
import { questions } from "./questions.ts";
import { call, say, type Step } from "./step.ts";
import type { OrderWish } from "./wish.ts";
import { capital, firstSentences, money, orderName, spoken } from "./wording.ts";

/** Explains what an order cost, or why a card shows what it shows; money is never moved here. */
export function answerBill(wish: Extract<OrderWish, { kind: "bill" }>, desk: Desk): Step {
  const topic = topicOf(wish.question);
  const chosen = chooseOrder(wish.orderId, desk);
  // Somebody without an order still hears how charges and refunds work.
  if (typeof chosen !== "string")
    return chosen.kind === "call" || topic === undefined ? chosen : explain(topic, "", desk);
  const looked = look(desk, "lookup_order", { orderId: chosen });
  if (looked.kind === "ask") {
    const article = topic === undefined ? undefined : look(desk, "search_knowledge", { query: topic.query });
    const steps = [looked.step, article?.kind === "ask" ? article.step : undefined];
    return call(...steps.flatMap((step) => (step?.kind === "call" ? step.calls : [])));
  }
  if (looked.kind !== "known") return say(excuse(looked));
  if (!looked.value.found)
    return wish.orderId === undefined && topic !== undefined ? explain(topic, "", desk) : notYours(chosen, desk);
  const { total, currency } = looked.value;
  const cost = `${capital(orderName(chosen, desk.talk.voice))} cost ${money(total, currency)}`;
  if (topic === undefined) return say(`${cost} in all: ${linesSentence(looked.value)}.`);
  return explain(topic, topic.lines ? `${cost}: ${linesSentence(looked.value)}. ` : `${cost}. `, desk);
}

/** What a question about money is about, the article that explains it, and what is said after it. */
interface MoneyTopic {
  readonly query: string;
  readonly end: string;
  /** Whether what was bought belongs to the answer. */
  readonly lines: boolean;
}

function explain(topic: MoneyTopic, cost: string, desk: Desk): Step {
  const article = look(desk, "search_knowledge", { query: topic.query });
  if (article.kind === "ask") return article.step;
  const known = article.kind === "known" ? article.value.passages[0]?.text : undefined;
  const explained = known === undefined ? "" : spoken(firstSentences(known, 150), desk.talk.voice);
  return say(`${cost}${explained} ${topic.end}`.trim());
}

/** Undefined when only the amount is asked for. */
function topicOf(question: string): MoneyTopic | undefined {
  if (
    /\b(?:twice|double|two charges|two payments|second charge|again|overcharged|too much|wrong amount)\b/iu.test(
      question,
    )
  )
    return { query: "charged twice", end: questions.colleague, lines: true };
  if (/\b(?:refund|money back|reimburse)/iu.test(question)) {
    return {
      query: "how long a refund takes",
      end: `I cannot make refunds myself. ${questions.colleague}`,
      lines: false,
    };
  }
  if (/\b(?:invoice|receipt)\b/iu.test(question)) return { query: "invoices", end: "", lines: false };
  if (/\b(?:when|why|charged?|charges|bank|statement|card)\b/iu.test(question))
    return { query: "when you are charged", end: "", lines: true };
  return undefined;
}
