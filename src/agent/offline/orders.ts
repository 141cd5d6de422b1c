import { excuse, look, lookBack, type Desk, type ToolOutput } from "./desk.ts";
import { lastOrder } from "./order-numbers.ts";
import { questions } from "./questions.ts";
import { say, type Step } from "./step.ts";
import type { OrderWish } from "./wish.ts";
import { capital, dayName, money, orderName, trackingName } from "./wording.ts";

/** Answers about one order. */
export function answerOrder(wish: Extract<OrderWish, { kind: "order" }>, desk: Desk): Step {
  const chosen = chooseOrder(wish.orderId, desk);
  if (typeof chosen !== "string") return chosen;
  if (wish.about === "contents" || wish.about === "placed" || wish.about === "wrong")
    return details(chosen, wish.about, desk);
  const looked = look(desk, "order_status", { orderId: chosen });
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(excuse(looked));
  if (!looked.value.found) return notYours(chosen, desk);
  const status = statusSentence(looked.value, desk.talk.voice);
  if (wish.about !== "change") return say(status);
  const possible =
    looked.value.status === "pending"
      ? "so it can still be changed"
      : "so it can no longer be changed here, but you may return it within 30 days";
  return say(`${status.replace(/\.$/u, "")}, ${possible}. I cannot change orders myself. ${questions.colleague}`);
}

/** Answers where a parcel is, or by which number it is tracked. */
export function answerParcel(wish: Extract<OrderWish, { kind: "parcel" }>, desk: Desk): Step {
  const { voice } = desk.talk;
  if (wish.trackingNumber !== undefined) return where({ trackingNumber: wish.trackingNumber, about: "where" }, desk);
  const chosen = chooseOrder(wish.orderId, desk);
  if (typeof chosen !== "string") return chosen;
  const looked = look(desk, "order_status", { orderId: chosen });
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(excuse(looked));
  if (!looked.value.found) return notYours(chosen, desk);
  const { trackingNumber, carrier } = looked.value;
  if (trackingNumber === undefined)
    return say(`${statusSentence(looked.value, voice)} There is no parcel to track yet.`);
  if (wish.about !== "number") return where({ trackingNumber, about: wish.about, orderId: chosen }, desk);
  const sentBy = carrier === undefined ? "" : ` It was sent with ${carrier}.`;
  return say(`The tracking number of ${orderName(chosen, voice)} is ${trackingName(trackingNumber, voice)}.${sentBy}`);
}

/** Names the customer's orders. */
export function listOrders(desk: Desk): Step {
  const looked = lookBack(desk, "lookup_customer");
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(excuse(looked));
  if (!looked.value.found) return say(`I see no order under the number you are using. ${questions.whichOrder}`);
  const { orders } = looked.value;
  if (orders.length === 0) return say("I see no order under your number. Was it placed under another one?");
  const named = orders
    .slice(0, 4)
    .map((order) => `${orderName(order.orderId, desk.talk.voice)}, which is ${order.status}`);
  return say(`I see ${orders.length === 1 ? "one order" : `${orders.length} orders`} of yours: ${named.join("; ")}.`);
}

function where(
  parcel: { readonly trackingNumber: string; readonly about: "where" | "when"; readonly orderId?: string },
  desk: Desk,
): Step {
  const { trackingNumber, orderId, about } = parcel;
  const { voice } = desk.talk;
  const looked = look(desk, "get_tracking_info", { trackingNumber });
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(excuse(looked));
  if (!looked.value.found)
    return say(`I cannot find a parcel ${trackingName(trackingNumber, voice)} of yours. ${questions.whichOrder}`);
  const { carrier, status, lastSeen, expectedOn } = looked.value;
  const what = orderId === undefined ? "Your parcel" : capital(orderName(orderId, voice));
  const number = voice ? "" : `, tracking number ${trackingNumber}`;
  if (about === "when" && expectedOn !== undefined)
    return say(`${what} should be with you on ${dayName(expectedOn)}. It is ${status} with ${carrier}.`);
  const due = expectedOn === undefined ? "" : ` It should be with you on ${dayName(expectedOn)}.`;
  return say(`${what} is ${status} with ${carrier}${number}. It was last seen in ${lastSeen}.${due}`);
}

function details(orderId: string, about: "contents" | "placed" | "wrong", desk: Desk): Step {
  const looked = look(desk, "lookup_order", { orderId });
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(excuse(looked));
  if (!looked.value.found) return notYours(orderId, desk);
  const { total, currency, status, placedOn } = looked.value;
  const name = orderName(orderId, desk.talk.voice);
  const lines = linesSentence(looked.value);
  if (about === "wrong")
    return say(
      `I am sorry about that. In ${name} there should be ${lines}. A colleague can put it right. ${questions.colleague}`,
    );
  if (about === "placed" && placedOn !== undefined) return say(`You placed ${name} on ${dayName(placedOn)}.`);
  return say(
    `${capital(name)} is ${lines}, ${money(total, currency)} in all. It ${status === "shipped" ? "has" : "is"} ${status}.`,
  );
}

/** What is in an order, for example `one lamp and 2 cables`. */
export function linesSentence(order: Extract<ToolOutput<"lookup_order">, { found: true }>): string {
  const lines = order.lines
    .slice(0, 4)
    .map(({ name, quantity }) =>
      quantity === 1 ? `one ${name}` : `${quantity} ${name.endsWith("s") ? name : `${name}s`}`,
    );
  const last = lines.pop() ?? "nothing";
  return lines.length === 0 ? last : `${lines.join(", ")} and ${last}`;
}

/** The order that is meant, or the step that finds out. */
export function chooseOrder(named: string | undefined, desk: Desk): string | Step {
  const known = named ?? lastOrder(desk);
  if (known !== undefined) return known;
  const looked = lookBack(desk, "lookup_customer");
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(questions.whichOrder);
  if (!looked.value.found) return say(`I see no order under the number you are using. ${questions.whichOrder}`);
  const { orders } = looked.value;
  const [only] = orders;
  if (only === undefined) return say("I see no order under your number. Was it placed under another one?");
  if (orders.length === 1) return only.orderId;
  const names = orders.slice(0, 3).map((order) => orderName(order.orderId, desk.talk.voice).replace("order ", ""));
  return say(`You have several orders: ${names.join(", ")}. Which order do you mean?`);
}

/** An order that is not the customer's does not exist for them; their own one is offered. */
export function notYours(orderId: string, desk: Desk): Step {
  const { voice } = desk.talk;
  const sorry = `I cannot find ${orderName(orderId, voice)} under the number you are using.`;
  const looked = lookBack(desk, "lookup_customer");
  if (looked.kind === "ask") return looked.step;
  const own = looked.kind === "known" && looked.value.found ? looked.value.orders[0] : undefined;
  if (own === undefined)
    return say(`${sorry} Please check it, or write from the number you ordered with. ${questions.colleague}`);
  return say(`${sorry} I do see ${orderName(own.orderId, voice)}. ${questions.thatOne}`);
}

function statusSentence(order: Extract<ToolOutput<"order_status">, { found: true }>, voice: boolean): string {
  const name = capital(orderName(order.orderId, voice));
  const due = order.expectedOn === undefined ? "" : ` and should arrive on ${dayName(order.expectedOn)}`;
  switch (order.status) {
    case "pending":
      return `${name} is pending: it is not packed yet${due}.`;
    case "processing":
      return `${name} is being packed${due}.`;
    case "shipped":
      return `${name} has shipped${order.carrier === undefined ? "" : ` with ${order.carrier}`}${due}.`;
    default:
      return `${name} is ${order.status}.`;
  }
}
