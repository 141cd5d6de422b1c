/** How an order's number is said: as it is written, or digit by digit. */
export function orderName(orderId: string, voice: boolean): string {
  const digits = orderId.replace(/^ORD_/u, "");
  return voice ? `order ${[...digits].join(" ")}` : `order ${orderId}`;
}

/** How a tracking number is said: as it is written, or letter by letter. */
export function trackingName(trackingNumber: string, voice: boolean): string {
  return voice ? [...trackingNumber.replace(/[^A-Z0-9]/giu, "")].join(" ") : trackingNumber;
}

/** A text of an article as it is said: amounts as people say them, and nothing that only makes sense in writing. */
export function spoken(text: string, voice: boolean): string {
  if (!voice) return text;
  return text
    .replace(/\bhttps?:\/\/\S+/gu, "our website")
    .replace(/\b(\d+(?:\.\d{2})?) USD\b/gu, "$$$1")
    .replace(/\s*\([^()]*\)/gu, "");
}

/** An amount, for example `$139.97`. */
export function money(amount: number, currency: string): string {
  return new Intl.NumberFormat("en-US", {
    style: "currency",
    currency: /^[A-Z]{3}$/u.test(currency) ? currency : "USD",
  }).format(amount);
}

/** An ISO date as people say it, for example `Monday, November 23`; what is no date stays as it is. */
export function dayName(isoDate: string): string {
  const at = Date.parse(isoDate);
  if (Number.isNaN(at)) return isoDate;
  return dayFormat.format(at);
}

const dayFormat = new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric", timeZone: "UTC" });

/** The first sentences of a text that fit into so many characters; at least one word of it. */
export function firstSentences(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = "";
  for (const sentence of text.match(/.+?[.!?]+["')]*(?:\s+|$)/gsu) ?? []) {
    if (kept.length + sentence.trimEnd().length > most) break;
    kept += sentence;
  }
  if (kept !== "") return kept.trimEnd();
  return `${text.slice(0, most - 1).replace(/\s+\S*$/u, "")}…`;
}

/** The last sentences of a text that fit into so many characters; at least the end of it. */
export function lastSentences(text: string, most: number): string {
  if (text.length <= most) return text;
  const from = text.indexOf(". ", text.length - most);
  return from < 0 ? `…${text.slice(1 - most)}` : text.slice(from + 2);
}

/** Capital first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
