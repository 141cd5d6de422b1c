import { withSpokenDigits } from "../spoken-digits.ts";
import { outputOf, type Desk } from "./desk.ts";

/** The order number in a text, in any spelling; `bare` also takes a number that stands alone. */
export function orderIn(text: string, bare = false): string | undefined {
  const words = corrected(withSpokenDigits(text));
  const named =
    /\bord[\s_-]*#?(\d{3,12})\b/iu.exec(words) ??
    /\border(?:'s)?(?:\s+(?:with|the|number|no\.?|id|is|was|it's))*\s*[:#]?\s*(\d{3,12})\b/iu.exec(words);
  const alone = bare && !isAmount(words) ? /(?:^|[^\d$€£.])(\d{4,12})(?![\d.]*\d)/u.exec(words) : null;
  const digits = named?.[1] ?? alone?.[1];
  return digits === undefined ? undefined : `ORD_${digits}`;
}

/** The order number of a message that holds little else; undefined when there is more to it. */
export function soleOrderIn(text: string): string | undefined {
  const words = withSpokenDigits(text);
  const rest = words
    .replace(/\bord[\s_-]*#?\d+|\d+/giu, " ")
    .replace(
      /\b(?:no+|nope|not|yes|yeah|ok|okay|sorry|oh|wait|please|hi|hello|i|i'm|meant?|it|it's|is|was|that|that's|this|the|my|an?|actually|rather|instead|but|calling|about|for|with|number|order|order's|one|other|id|try|and|what|how|of|or|wrong|correct|right|correction|pressed|on|keypad|#)\b/giu,
      " ",
    );
  return /\p{L}/u.test(rest) ? undefined : orderIn(words, true);
}

/** The order number that a text names last. */
export function lastOrderIn(text: string): string | undefined {
  return [...withSpokenDigits(text).matchAll(/\bord(?:er)?[\s_-]*(\d{3,12})\b/giu)]
    .map((match) => `ORD_${match[1] ?? ""}`)
    .at(-1);
}

/** The tracking number in a text, also when it is spelled. */
export function trackingIn(text: string): string | undefined {
  const spelled = /\bT[\s.,-]*R[\s.,-]*K\b[\s.,-]+((?:[A-Z]\b[\s.,-]*|\d+\b[\s.,-]*){2,20})/iu.exec(
    withSpokenDigits(text),
  )?.[1];
  const number = spelled?.replace(/[^A-Z0-9]/giu, "") ?? /\bTRK[\s_-]?([A-Z0-9]{3,20})\b/iu.exec(text)?.[1];
  return number === undefined ? undefined : `TRK_${number.toUpperCase()}`;
}

/** The order that was spoken about last, in the customer's words or in what was found for them. */
export function lastOrder(desk: Desk): string | undefined {
  for (const line of desk.talk.past.toReversed()) {
    if (line.who === "tool" && (line.tool === "order_status" || line.tool === "lookup_order")) {
      const found = outputOf("order_status", line) ?? outputOf("lookup_order", line);
      if (found?.found === true) return found.orderId;
    }
    // Agents and colleagues name orders, too; numbers the shop does not know are not worth remembering.
    if (line.who === "operator") {
      const named = orderIn(line.text);
      if (named !== undefined) return named;
    }
  }
  for (const line of desk.talk.past.toReversed()) {
    const named = line.who === "customer" ? orderIn(line.text) : undefined;
    if (named !== undefined) return named;
  }
  const noted = desk.known.entities["order_number"];
  return typeof noted === "string" ? orderIn(noted) : undefined;
}

/** Without the numbers that the customer takes back: `not 12345 but 67890`, `12345, sorry, 67890`. */
function corrected(words: string): string {
  const kept = words.replace(/\bnot\s+(?:order\s+)?(?:ord[\s_-]*)?\d{3,12}\b/giu, " ");
  const parts = kept.split(/\b(?:no,? wait|no|sorry|i mean|i meant|actually|rather|correction)\b/iu);
  const last = parts.at(-1) ?? kept;
  return /\d{3}/u.test(last) ? last : kept;
}

/** Whether a number in the words counts something, and so names no order. */
function isAmount(words: string): boolean {
  return /\d\s*(?:dollars?|usd|euros?|eur|pounds?|cents?|bucks|percent|%|days?|hours?|minutes?|years?|months?|weeks?|am\b|pm\b)|[$€£]\s*\d|\b(?:zip|post ?code|postal|phone|street|avenue|road|card|pin|born|version|model|serial|password)\b/iu.test(
    words,
  );
}
