const words: Readonly<Record<string, string>> = {
  one: "1",
  two: "2",
  three: "3",
  four: "4",
  five: "5",
  six: "6",
  seven: "7",
  eight: "8",
  nine: "9",
  ten: "10",
  eleven: "11",
  twelve: "12",
  fifteen: "15",
  twenty: "20",
  thirty: "30",
  forty: "40",
  fifty: "50",
  hundred: "100",
};

/** Writes small numbers as digits: `three and a half million` is `3.5 million`, `half a million` is `0.5 million`. */
export function numbersWritten(text: string): string {
  return text
    .replaceAll(/\bhalf an? (?=million|thousand)/giu, "0.5 ")
    .replaceAll(/\ban? (?=million\b|thousand\b)/giu, "1 ")
    .replaceAll(/\b([a-z]+)\b/giu, (word) => words[word.toLowerCase()] ?? word)
    .replaceAll(/\b(\d+) and an? half\b/giu, "$1.5")
    .replaceAll(/\b(\d+) point (\d+)\b/giu, "$1.$2")
    .replaceAll(/\ba couple of (?=bed|bath)/giu, "2 ");
}

const currency = String.raw`(?:egp|e£|l\.?e\.?|usd|us\$|eur|gbp|aed|\$|€|£|pounds?|dollars?|euros?|dirhams?)`;
const scale = String.raw`(?:k|thousand|m|mn|mio|mil|mill|million|millions)(?![\p{L}\d²])`;
const number = String.raw`\d+(?:[.,]\d+)*`;
const amounts = new RegExp(
  String.raw`(?<![\p{L}\d.,_-])(${currency})?\s?(?:(${number})\s?(${scale})?\s?${currency}?\s?(?:-|–|to|and|or)\s?${currency}?\s?)?(${number})\s?(${scale})?(?:\s?(${currency})(?![\p{L}]))?`,
  "giu",
);
const context =
  /\b(?:budget|up to|under|below|max(?:imum)?|at most|no more than|less than|around|about|roughly|between|spend|afford|price|pay|for|make (?:it|that)|rather|raise|stretch|go (?:up )?to)\b[^\d]{0,30}$/iu;
const counted =
  /^\s?-?(?:bed|bath|br\b|ba\b|room|floor|month|year|week|day|person|people|kid|child|sq|m2|m²|met(?:er|re)|ft|feet|minute|km|mile|st\b|nd\b|rd\b|th\b|am\b|pm\b|%)/iu;

/** An amount of money in a text: of a range the upper end, of several amounts the last; undefined when there is none. */
export function amountIn(text: string): number | undefined {
  const written = numbersWritten(text);
  let last: number | undefined;
  for (const found of written.matchAll(amounts)) {
    const [all, before, , , figure = "", factor, after] = found;
    const rest = written.slice(found.index + all.length);
    if (factor === undefined && counted.test(rest)) continue;
    const lead = written.slice(Math.max(0, found.index - 40), found.index);
    const named = before !== undefined || after !== undefined;
    const large = valueOf(figure) >= 1_000 && context.test(lead);
    const budgeted = /\bbudget\b[^\d]{0,30}$/iu.test(lead);
    if (!named && factor === undefined && !large && !budgeted) continue;
    last = valueOf(figure) * factorOf(factor);
  }
  return last === undefined || last === 0 ? undefined : Math.round(last);
}

/** How many of something a text asks for, of a range the lower end. `what` is a regular expression. */
export function countIn(text: string, what: string): number | undefined {
  const pattern = new RegExp(
    String.raw`(?<![\d.,])(\d{1,2})\s?(?:(?:-|–|to|or)\s?\d{1,2})?\+?[\s-]{0,2}(?:(?:or more|large|big|small|double|full|separate)\s)?(?:${what})(?![\p{L}\d])`,
    "giu",
  );
  const counts = [...numbersWritten(text).matchAll(pattern)].map((found) => Number(found[1]));
  return counts.at(-1);
}

const SQUARE_FOOT = 0.092_903;

/** An area in square metres; undefined when there is none. */
export function areaIn(text: string): number | undefined {
  const found =
    /(?<![\d.,])(\d{1,6}(?:[.,]\d{3})?)\s?(?:(sq\.? ?m(?:et(?:er|re)s?)?|sqms?|m2|m²|square ?met(?:er|re)s?|met(?:er|re)s? ?squared?|met(?:er|re)s?)|(sq\.? ?f(?:ee|oo)?t|sqft|square f(?:ee|oo)t|ft2|ft²))(?![\p{L}\d])/iu.exec(
      numbersWritten(text),
    );
  if (found === null) return undefined;
  const figure = valueOf(found[1] ?? "");
  return found[3] === undefined ? figure : Math.round(figure * SQUARE_FOOT);
}

/** `3,000,000`, `3.000.000`, `2.5` and `2,5` as people mean them. */
function valueOf(figure: string): number {
  if (/^\d{1,3}(?:[.,]\d{3})+$/u.test(figure)) return Number(figure.replaceAll(/[.,]/gu, ""));
  return Number(figure.replaceAll(",", ".").replace(/\.(?=.*\.)/gu, "")) || 0;
}

function factorOf(factor: string | undefined): number {
  if (factor === undefined) return 1;
  return /^(?:k|thousand)/iu.test(factor) ? 1_000 : 1_000_000;
}
