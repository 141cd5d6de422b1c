import { excuse, look, type Desk } from "./desk.ts";
import { chooseOrder, linesSentence, notYours } from "./orders.ts";
import { questions } from "./questions.ts";
import { call, say, type Step } from "./step.ts";
import type { Wish } from "./wishes.ts";
import { capital, firstSentences, money, orderName } from "./wording.ts";

/** Explains what an order cost, or why a card shows what it shows; money is never moved here. */
export function answerBill(wish: Extract<Wish, { kind: "bill" }>, desk: Desk): Step {
  const topic = topicOf(wish.question);
  const chosen = chooseOrder(wish.orderId, desk);
  if (typeof chosen !== "string") return chosen;
  const order = look(desk, "lookup_order", { orderId: chosen });
  const article = look(desk, "search_knowledge", { query: topic.query });
  if (order.kind === "ask") {
    const both = [order.step, article.kind === "ask" ? article.step : undefined];
    return call(...both.flatMap((step) => (step?.kind === "call" ? step.calls : [])));
  }
  if (article.kind === "ask") return article.step;
  if (order.kind !== "known") return say(excuse(order));
  if (!order.value.found) return notYours(chosen, desk);
  const { total, currency } = order.value;
  const cost = `${capital(orderName(chosen, desk.talk.voice))} cost ${money(total, currency)}: ${linesSentence(order.value)}.`;
  const known = article.kind === "known" ? article.value.passages[0]?.text : undefined;
  if (!topic.explain || known === undefined) return say(`${cost} ${topic.end}`.trim());
  return say(`${cost} ${firstSentences(known, 150)} ${topic.end}`.trim());
}

function topicOf(question: string): { readonly query: string; readonly explain: boolean; readonly end: string } {
  if (/\b(?:twice|double|two charges|second charge|again)\b/iu.test(question)) {
    return { query: "charged twice", explain: true, end: questions.colleague };
  }
  if (/\b(?:refund|money back|reimburse)/iu.test(question)) {
    return {
      query: "how long a refund takes",
      explain: true,
      end: `I cannot make refunds myself. ${questions.colleague}`,
    };
  }
  if (/\b(?:invoice|receipt)\b/iu.test(question)) return { query: "invoices", explain: true, end: "" };
  if (/\b(?:when|charged?)\b/iu.test(question)) return { query: "when you are charged", explain: true, end: "" };
  return { query: "when you are charged", explain: false, end: "Is something wrong with it?" };
}
