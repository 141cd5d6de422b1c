import { spelledRight } from "./spelling.ts";

/** What a message without words says. */
export type Gesture = "agreed" | "pleased" | "displeased" | "puzzled" | "nothing";

/**
 * The words of a message as the rules read them: straight apostrophes, written-out abbreviations, no pictures, small
 * misspellings mended. Names and numbers stay as they are.
 */
export function plainWords(text: string): string {
  const straight = text
    .normalize("NFKC")
    .replace(/[‘’ʼ`´]/gu, "'")
    .replace(/[“”„]/gu, '"')
    .replace(pictures, " ")
    // A number that is spelled is no abbreviation.
    .replace(/\bT[\s.,-]+R[\s.,-]+K\b/giu, "TRK");
  const written = straight
    .replace(/\b(do|does|did|is|was|are|were|has|have|had|would|could|should|wo|ca|must)nt\b/giu, "$1n't")
    .replace(/\b(what|where|when|how|who|that|there)s\b/giu, "$1's")
    .replace(
      /(?<![\p{L}\p{N}'_-])[a-z0-9]{1,6}(?![\p{L}\p{N}'_-])/giu,
      (word) => shorthand.get(word.toLowerCase()) ?? word,
    );
  return spelledRight(written)
    .replace(/\bwere is\b/giu, "where is")
    .replace(/[^\S\n]+/gu, " ")
    .trim();
}

/** What a message says that holds no letter and no digit; undefined for any other. */
export function gestureIn(text: string): Gesture | undefined {
  if (/^\(an empty message\)$/u.test(text.trim())) return "nothing";
  if (/[\p{L}\p{N}]/u.test(text.replace(pictures, ""))) return undefined;
  if (/[👎😡😠🤬😤😞😢😭💩🖕☹]|:-?\(/u.test(text)) return "displeased";
  if (/[👍👌✅✔☑💯🤝]/u.test(text)) return "agreed";
  if (/[🙏😊🙂😀😃😄😁🥰😍❤💙💚🎉☺👏]|[:;]-?\)/u.test(text)) return "pleased";
  return /[?？]/u.test(text) || /[🤔❓❔🤷]/u.test(text) ? "puzzled" : "nothing";
}

const pictures = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\u{FE0F}\u{200D}]/gu;

const shorthand = new Map(
  Object.entries({
    u: "you",
    r: "are",
    ur: "your",
    pls: "please",
    plz: "please",
    plss: "please",
    thx: "thanks",
    thnx: "thanks",
    tnx: "thanks",
    ty: "thank you",
    tysm: "thank you",
    k: "ok",
    kk: "ok",
    okey: "ok",
    yea: "yes",
    yeh: "yes",
    ya: "yes",
    wat: "what",
    wut: "what",
    wht: "what",
    wen: "when",
    whn: "when",
    wer: "where",
    whr: "where",
    wheres: "where's",
    im: "I'm",
    ive: "I've",
    idk: "I don't know",
    nvm: "never mind",
    asap: "as soon as possible",
    wtf: "this is ridiculous",
    omg: "",
    lol: "",
    msg: "message",
    num: "number",
    nr: "number",
    tel: "phone",
    acc: "account",
    pwd: "password",
  }),
);
