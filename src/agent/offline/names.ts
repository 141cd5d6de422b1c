import { intentsOf } from "../intent.ts";
import { outputOf, type Desk } from "./desk.ts";

/** The name the customer gave, or the one in their record. */
export function knownName(desk: Desk): string | undefined {
  for (const line of [...desk.talk.past, { who: "customer", text: desk.talk.words } as const].toReversed()) {
    const given = line.who === "customer" ? nameIn(line.text) : undefined;
    if (given !== undefined) return given;
  }
  const { entities, profile, facts } = desk.known;
  const told = entities["customer_name"] ?? profile?.name;
  if (typeof told === "string") return told;
  for (const line of [...desk.talk.past, ...desk.talk.fresh].toReversed()) {
    const customer = outputOf("lookup_customer", line);
    if (customer?.found === true) return customer.name;
  }
  return facts
    .map(({ content }) => /^Their name is (.+)\.$/u.exec(content)?.[1])
    .findLast((name) => name !== undefined);
}

/** The customer's first name after a comma, or nothing. */
export function firstName(desk: Desk): string {
  const name = knownName(desk)?.split(" ")[0];
  return name === undefined ? "" : `, ${name}`;
}

/** The name somebody gives as theirs. */
export function nameIn(text: string): string | undefined {
  const words = text.replaceAll("’", "'");
  const told =
    /\b(?:[Mm]y name(?:'?s| is)|[Ii] am called|[Ii]'m called|[Cc]all me|MY NAME IS)\s+(\p{L}[\p{L}'-]+(?:\s+\p{L}[\p{L}'-]+)?)/u;
  const said =
    /(?:^|[.!?,]\s*|\b(?:[Hh]i|[Hh]ello|[Hh]ey)(?: there)?,?\s+)(?:[Tt]his is|[Ii] am|[Ii]'m|[Ii]m|[Ii]t's)\s+(\p{Lu}[\p{Ll}'-]+(?:\s+\p{Lu}[\p{Ll}'-]+)?)(?=\s*(?:$|[.!?,]|and\b|here\b|from\b|speaking\b))/u;
  // Without a capital it is a name only where people say who they are.
  const greeted =
    /\b(?:hi|hello|hey)(?: there)?,?\s+(?:this is|i am|i'm|im|it's)\s+(\p{L}[\p{L}'-]+(?:\s+\p{L}[\p{L}'-]+)?)\s*(?=$|[.!?,]|and\b|here\b|from\b|speaking\b)/iu;
  for (const pattern of [told, said, greeted]) {
    const name = nameOf(pattern.exec(words)?.[1] ?? "");
    if (name !== undefined) return name;
  }
  return undefined;
}

function nameOf(words: string): string | undefined {
  const names: string[] = [];
  for (const word of words.split(/\s+/u)) {
    if (word === "" || isWord(word)) break;
    names.push(
      word.charAt(0).toUpperCase() + (word === word.toUpperCase() ? word.slice(1).toLowerCase() : word.slice(1)),
    );
  }
  return names.length === 0 ? undefined : names.join(" ");
}

/** Whether this is an ordinary word, which may follow a name or stand where one is expected. */
function isWord(word: string): boolean {
  return ordinary.has(word.toLowerCase()) || /(?:ing|ed|ful|ible|able)$/iu.test(word) || intentsOf(word).length > 0;
}

const ordinary = new Set(
  "a about after again any anytime also an and angry at asap at back because but by call can confused customer for from furious fine good great happy having he help here hello hi home how i i'd i'll i'm i've in is it it's just late looking lost mad me my need new not now of okay ok on our please ready really right sad she sick so sorry speaking stuck stupid still sure that the there they this tired to unable unhappy upset urgent very want we what when where who why with worried wrong you your awful ridiculous terrible unacceptable useless calling outrageous great perfect true enough everything nothing all important hopeless".split(
    " ",
  ),
);
