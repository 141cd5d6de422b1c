/** What a text costs to send. */
export interface SegmentCount {
  readonly encoding: "gsm7" | "ucs2";
  /** Septets in GSM-7, where some characters cost two; UTF-16 units in UCS-2. */
  readonly units: number;
  readonly segments: number;
}

/** The most characters (UTF-16 units) that Twilio takes in one message. */
export const MAX_MESSAGE_LENGTH = 1_600;

/** Counts what a text costs. One character outside GSM-7 turns the whole text to UCS-2. */
export function countSegments(text: string): SegmentCount {
  let septets = 0;
  for (const character of text) {
    if (basic.has(character)) septets += 1;
    else if (extended.has(character)) septets += 2;
    else return { encoding: "ucs2", units: text.length, segments: segmentsOfUcs2(text) };
  }
  return { encoding: "gsm7", units: septets, segments: segmentsOfGsm7(text, septets) };
}

/** Replaces typographic marks by plain ones where that brings the whole text into GSM-7; any other text is left as it is. */
export function cheapPunctuation(text: string): string {
  if (countSegments(text).encoding === "gsm7") return text;
  const cheap = text.replace(dear, (mark) => plain.get(mark) ?? mark);
  return countSegments(cheap).encoding === "gsm7" ? cheap : text;
}

/**
 * Cuts a text into parts of at most `limit` UTF-16 units, at sentence ends, else between words, else between
 * characters as a reader sees them. White space at the cuts is dropped; a blank text has no parts.
 */
export function splitText(text: string, limit: number): readonly string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest.length > limit) {
    const end = cutBefore(rest, limit);
    const part = rest.slice(0, end).trimEnd();
    if (part !== "") parts.push(part);
    rest = rest.slice(end).trimStart();
  }
  if (rest !== "") parts.push(rest);
  return parts;
}

// GSM 03.38, default alphabet and its extension.
const basic = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const extended = new Set("\f^{}\\[~]|€");

const plain: ReadonlyMap<string, string> = new Map([
  ...all("‘’‚‛′`´", "'"),
  ...all("“”„‟″«»", '"'),
  ...all("‹", "<"),
  ...all("›", ">"),
  ...all("‐‑‒–—―−", "-"),
  ...all("•·‣", "*"),
  ...all("\u00A0\u2002\u2003\u2007\u2008\u2009\u200A\u202F\t", " "),
  // Marks without width say nothing in a text that has none but plain characters.
  ...all("\u200B\u2060\uFEFF\u00AD", ""),
  ...all("…", "..."),
]);
const dear = new RegExp(`[${[...plain.keys()].join("")}]`, "gu");

function all(marks: string, cheap: string): readonly (readonly [string, string])[] {
  return Array.from(marks, (mark) => [mark, cheap] as const);
}

function segmentsOfGsm7(text: string, septets: number): number {
  if (septets <= 160) return septets === 0 ? 0 : 1;
  return packed(
    Array.from(text, (character) => (extended.has(character) ? 2 : 1)),
    153,
  );
}

function segmentsOfUcs2(text: string): number {
  if (text.length <= 70) return 1;
  return packed(
    [...text].map((character) => character.length),
    67,
  );
}

/** How many segments are needed when no character may be cut in two. */
function packed(widths: readonly number[], size: number): number {
  let segments = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > size) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return segments;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const sentenceEnd = /(?:[.!?…]["'”’)\]]*(?=\s)|[。！？]|\n)/gu;
// A cut at the end of a very short first sentence would waste most of a part.
const LEAST_SHARE = 0.3;

/** Where the first part ends, at most at `limit` and at least after one unit. */
function cutBefore(text: string, limit: number): number {
  const head = text.slice(0, limit + 1);
  const clusters = graphemes.segment(text.slice(0, limit + 64));
  const sentence = lastEnd(head, sentenceEnd, limit);
  if (sentence >= limit * LEAST_SHARE && isBoundary(clusters, sentence)) return sentence;
  const word = lastEnd(head, /\s/gu, limit + 1);
  if (word > 0 && isBoundary(clusters, word)) return word;
  const cluster = clusters.containing(limit)?.index ?? limit;
  if (cluster > 0) return cluster;
  return isLowSurrogate(text, limit) && limit > 1 ? limit - 1 : limit;
}

/** The end of the last match that ends at `limit` or before, 0 when there is none. */
function lastEnd(head: string, pattern: RegExp, limit: number): number {
  let end = 0;
  for (const match of head.matchAll(pattern)) {
    const after = match.index + match[0].length;
    if (after <= limit) end = after;
  }
  return end;
}

function isBoundary(clusters: Intl.Segments, index: number): boolean {
  const cluster = clusters.containing(index);
  return cluster === undefined || cluster.index === index;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
