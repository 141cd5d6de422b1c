import { intentsOf } from "../intent.ts";
import { lastOrderIn, lastReply, nameIn, orderIn, trackingIn, type Desk } from "./desk.ts";
import { askedIn } from "./questions.ts";
import { deviceIn, troubleAt } from "./trouble.ts";

/** One thing the customer wants. */
export type Wish =
  | { readonly kind: "greet" | "thank" | "leave" | "who" | "wait" | "well" | "solved" | "fine" }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "recall"; readonly what: "words" | "order" | "name" }
  | { readonly kind: "again"; readonly how: "go on" | "repeat" }
  | { readonly kind: "order"; readonly orderId: string | undefined; readonly about: "status" | "contents" | "change" }
  | { readonly kind: "parcel"; readonly orderId: string | undefined; readonly trackingNumber: string | undefined }
  | { readonly kind: "bill"; readonly orderId: string | undefined; readonly question: string }
  | { readonly kind: "device"; readonly device: string | undefined; readonly words: string; readonly next: boolean }
  | { readonly kind: "question"; readonly text: string }
  | { readonly kind: "person"; readonly urgent: boolean }
  | { readonly kind: "upset" }
  | { readonly kind: "unclear"; readonly text: string };

/** What the customer's words ask for, in their order, at most three things. */
export function wishesOf(words: string, desk: Desk): readonly Wish[] {
  const wishes: Wish[] = [];
  for (const clause of clausesOf(words)) {
    for (const wish of wishesIn(clause, words, desk)) {
      const same = wishes.some(
        (each) =>
          JSON.stringify(each) === JSON.stringify(wish) || (each.kind === wish.kind && wish.kind !== "question"),
      );
      if (!same) wishes.push(wish);
    }
  }
  const real = wishes.filter((wish) => !small.has(wish.kind));
  if (real.some((wish) => wish.kind === "person")) return real.filter((wish) => wish.kind === "person");
  // A parcel is asked for together with its order; one answer covers both.
  const parcel = real.find((wish) => wish.kind === "parcel");
  const kept = real.filter(
    (wish) => wish.kind !== "unclear" && !(wish.kind === "order" && wish.about === "status" && parcel !== undefined),
  );
  if (kept.length === 0) return courtesies(wishes).slice(0, 3);
  return [...wishes.filter((wish) => wish.kind === "name"), ...kept].slice(0, 3);
}

/** One courtesy is enough: a name is an answer to a greeting, and a goodbye to thanks. */
function courtesies(wishes: readonly Wish[]): readonly Wish[] {
  const kinds = new Set(wishes.map((wish) => wish.kind));
  return wishes.filter(
    (wish) => !(wish.kind === "greet" && kinds.has("name")) && !(wish.kind === "thank" && kinds.has("leave")),
  );
}

const small = new Set<Wish["kind"]>(["greet", "thank", "leave", "well", "name", "fine"]);

/** Splits at sentence ends and where another question begins. */
function clausesOf(words: string): readonly string[] {
  return words
    .slice(0, 2_000)
    .split(
      /(?<=[.!?;])\s+|\n+|,?\s+(?:and|also|but|plus)\s+(?=(?:also\s+)?(?:how|what|when|where|which|who|can|could|do|does|is|are|will|i\b|my|please|tell|the))/iu,
    )
    .map((clause) => clause.trim())
    .filter((clause) => clause !== "");
}

function wishesIn(clause: string, words: string, desk: Desk): readonly Wish[] {
  const answer = answerTo(clause, desk);
  if (answer !== undefined) return [answer];
  const wishes: Wish[] = [];
  const name = nameIn(clause);
  if (name !== undefined) wishes.push({ kind: "name", name });
  const talk = smallTalk(clause);
  if (talk !== undefined) return [...wishes, talk];
  const matter = matterIn(clause, words, desk);
  if (matter !== undefined) return [...wishes, matter];
  if (/^(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings)\b/iu.test(clause)) wishes.push({ kind: "greet" });
  return wishes.length > 0 ? wishes : [{ kind: "unclear", text: clause }];
}

const yes =
  /^(?:yes|yeah|yep|yup|sure|please do|do that|of course|okay|ok|correct|right|exactly|that(?:'s| is) (?:it|right|the one)|go ahead|please|absolutely)\b/iu;
const no = /^(?:no|nope|nah|not really|don'?t|no thanks|not yet|nothing|still)\b/iu;

/** What short words mean after a question of ours. */
function answerTo(clause: string, desk: Desk): Wish | undefined {
  const reply = lastReply(desk)?.text ?? "";
  const asked = askedIn(reply);
  const short = clause.length < 40;
  const digits = /^\(pressed on the keypad\)\s*(\S+)/u.exec(clause)?.[1];
  if (digits === "0") return { kind: "person", urgent: false };
  const trouble = troubleAt(desk);
  if (trouble !== undefined && (asked === "helped" || /\bstep \d/iu.test(reply))) {
    if (worksNow.test(clause) && !stillBad.test(clause)) return { kind: "solved" };
    if (asked === "helped" && yes.test(clause) && short && !stillBad.test(clause)) return { kind: "solved" };
    if (no.test(clause) || stillBad.test(clause) || /^(?:next|done|did that|i did|ok|okay|tried)\b/iu.test(clause)) {
      return { kind: "device", device: undefined, words: clause, next: true };
    }
  }
  if (asked === "colleague" && yes.test(clause) && short) return { kind: "person", urgent: false };
  if (asked === "thatOne" && yes.test(clause) && short)
    return { kind: "order", orderId: lastOrderIn(reply), about: "status" };
  if (asked === "colleague" && no.test(clause) && short) return { kind: "fine" };
  if (asked === "whichDevice" && matterless(clause))
    return { kind: "device", device: deviceIn(clause), words: clause, next: false };
  if (asked === "whichOrder" && /\b(?:don'?t|do not|no idea|not sure|haven'?t|lost|forgot)\b/iu.test(clause)) {
    return { kind: "question", text: "where to find the order number" };
  }
  const orderId = orderIn(
    clause,
    asked === "whichOrder" || /^\W*(?:\(pressed on the keypad\))?[\w\s#:']{0,24}\d{4,12}\W*$/u.test(clause),
  );
  if (asked === "whichOrder" && orderId !== undefined && matterless(clause.replace(/\border\w*/giu, "")))
    return pendingWish(desk, orderId);
  if (digits !== undefined && orderId !== undefined) return { kind: "order", orderId, about: "status" };
  return undefined;
}

const worksNow =
  /\b(?:works?(?: now| again| fine)?|working(?: now| again)?|fixed|solved|it helped|that helped|that did it|all good|back on)\b/iu;
const stillBad = /\b(?:not|n'?t|still|no|nothing|never|same|dead|nope|cannot)\b/iu;

function matterless(clause: string): boolean {
  const [best] = intentsOf(clause);
  return best === undefined || best.intent === "technical" || best.confidence < 0.7;
}

/** What the customer wanted when we asked which order they meant. */
function pendingWish(desk: Desk, orderId: string): Wish {
  const before = desk.talk.past.findLast((line) => line.who === "customer")?.text ?? "";
  const [best] = intentsOf(before);
  if (best?.intent === "tracking") return { kind: "parcel", orderId, trackingNumber: undefined };
  if (best?.intent === "billing") return { kind: "bill", orderId, question: before };
  return { kind: "order", orderId, about: aboutIn(before) };
}

/** What a clause is when it is no matter of business: a courtesy, or a word about the talk itself. */
export function smallTalk(clause: string): Wish | undefined {
  if (
    /\b(?:are you|is this|am i (?:talking|speaking) (?:to|with)|you'?re) (?:a |an |really |even |the |some )*(?:human|person|robot|bot|ai|machine|computer|real|chat ?gpt|language model|llm)\b/iu.test(
      clause,
    )
  )
    return { kind: "who" };
  if (
    /\b(?:who|what) are you\b|\bwho am i (?:talking|speaking) (?:to|with)\b|\bwhat(?:'s| is) your name\b|\bwhat can you do\b|\bwhich model\b/iu.test(
      clause,
    )
  )
    return { kind: "who" };
  if (
    /\bwhat(?:'s| is| was) my name\b|\bdo you (?:know|remember) (?:my name|who i am)\b|\bwho am i\b(?! (?:talking|speaking))/iu.test(
      clause,
    )
  )
    return { kind: "recall", what: "name" };
  if (
    /\bwhat (?:did|have) (?:i|we) (?:say|said|ask|asked|tell|told|talk|talked|write|written|text|discuss)\b|\bwhat (?:were we|was i) (?:talking|asking|saying)\b|\bdo you remember (?:me|what)\b|\bwhat was (?:my|the last) question\b/iu.test(
      clause,
    )
  )
    return { kind: "recall", what: "words" };
  if (
    /\bwhat(?:'s| is| was) my (?:last )?order(?: number| id)?(?: again)?\s*\W*$|\b(?:which|what) order (?:did|was|were|have)\b/iu.test(
      clause,
    )
  )
    return { kind: "recall", what: "order" };
  if (
    /^(?:please )?(?:go on|continue|carry on|keep going|you were saying|what were you saying|finish (?:that|what)|and then|sorry,? go on)\b/iu.test(
      clause,
    )
  )
    return { kind: "again", how: "go on" };
  if (
    /\b(?:say (?:that|it) again|repeat (?:that|it|please)|come again|what did you (?:just )?say|didn'?t (?:hear|catch|get) that|pardon)\b|^(?:sorry|what|huh|excuse me|repeat)\s*\?*$/iu.test(
      clause,
    )
  )
    return { kind: "again", how: "repeat" };
  if (
    /^(?:wait|hold on|stop|one (?:moment|second|sec)|just a (?:moment|second|sec)|hang on)\b/iu.test(clause) &&
    clause.length < 40
  )
    return { kind: "wait" };
  if (/\bhow are you\b|\bhow(?:'s| is) it going\b/iu.test(clause)) return { kind: "well" };
  if (/\b(?:good)?bye\b/iu.test(clause) && intentsOf(clause).length === 0) return { kind: "leave" };
  if (
    /^(?:ok(?:ay)?,?\s+|great,?\s+|perfect,?\s+|many\s+)?(?:thanks?|thank you|thx|cheers|much appreciated)\b/iu.test(
      clause,
    ) &&
    intentsOf(clause).length === 0
  )
    return { kind: "thank" };
  if (
    /^(?:(?:ok(?:ay)?|great|that'?s all|that is all),?\s*)?(?:bye|goodbye|good night|see you|that(?:'s| is) (?:all|it)|have a (?:nice|good|great))\b/iu.test(
      clause,
    )
  )
    return { kind: "leave" };
  if (
    /^(?:ok(?:ay)?|great|perfect|good|nice|cool|alright|all right|fine|understood|got it|never ?mind|forget it|mhm|uh-?huh)\W*$/iu.test(
      clause,
    )
  )
    return { kind: "fine" };
  return undefined;
}

/** The matter a clause is about. */
function matterIn(clause: string, words: string, desk: Desk): Wish | undefined {
  const orderId = orderIn(clause) ?? orderIn(words, /^\D*\d{4,12}\D*$/u.test(words));
  const trackingNumber = trackingIn(clause);
  const intents = intentsOf(clause);
  const [best] = intents;
  if (/\b(?:urgent|lawyer|police|dangerous|smoke|smoking|burn(?:ing|t)?|on fire|injur\w+)\b/iu.test(clause))
    return { kind: "person", urgent: true };
  if (best?.intent === "person" && best.confidence >= 0.7) return { kind: "person", urgent: false };
  if (/\b(?:ridiculous|unacceptable|furious|terrible|awful|angry|useless|worst|fed up|scam)\b/iu.test(clause))
    return { kind: "upset" };
  if (/\b(?:located|your (?:address|phone number|number|store|shop)|a phone number)\b/iu.test(clause))
    return { kind: "question", text: "shop and warehouse address" };
  if (/\b(?:want|like|how|can i|could i)\b.*\b(?:buy|place an order|order (?:a|some|new|another))\b/iu.test(clause))
    return { kind: "question", text: "placing an order" };
  if (trackingNumber !== undefined) return { kind: "parcel", orderId, trackingNumber };
  if (/\b(?:cancel|change|modify)\b.*\b(?:order|it|address)\b/iu.test(clause))
    return { kind: "order", orderId, about: "change" };
  const following = orderId === undefined ? followUp(clause, desk) : undefined;
  if (following !== undefined) return following;
  if (best === undefined) return orderId === undefined ? undefined : { kind: "order", orderId, about: aboutIn(clause) };
  switch (best.intent) {
    case "tracking":
      return isGeneral(clause)
        ? { kind: "question", text: clause }
        : { kind: "parcel", orderId, trackingNumber: undefined };
    case "billing":
      return isGeneral(clause) ? { kind: "question", text: clause } : { kind: "bill", orderId, question: clause };
    case "technical":
      return { kind: "device", device: deviceIn(clause), words: clause, next: false };
    case "order":
      if (/\b(?:where|late|received?|arrived?)\b/iu.test(clause))
        return { kind: "parcel", orderId, trackingNumber: undefined };
      return { kind: "order", orderId, about: aboutIn(clause) };
    case "policy":
    case "account":
      return orderId !== undefined && best.confidence < 0.7
        ? { kind: "order", orderId, about: aboutIn(clause) }
        : { kind: "question", text: clause };
    case "person":
      return undefined;
  }
}

/** A question about how things are done here, not about one order. */
function isGeneral(clause: string): boolean {
  if (
    /\bmy\b|\bord[_\s-]?\d|\border \d|\bwas i\b|\bi was\b|\bi(?:'ve| have) been\b|\bdid i\b|\bi paid\b/iu.test(clause)
  )
    return false;
  return /\b(?:how (?:long|much|many|do|does|can)|do you|can i|what (?:is|are|payment)|which|policy|usually)\b/iu.test(
    clause,
  );
}

/** "And when will it come?" after an order was spoken about. */
function followUp(clause: string, desk: Desk): Wish | undefined {
  const device = deviceIn(clause);
  if (device !== undefined && troubleAt(desk) !== undefined)
    return { kind: "device", device, words: clause, next: true };
  if (/\b(?:when|where)\b.*\b(?:it|that|they|mine)\b|\b(?:any|some) (?:news|update)|\bon time\b/iu.test(clause))
    return { kind: "parcel", orderId: undefined, trackingNumber: undefined };
  if (
    /\bwhat(?:'s| is| was) in (?:it|there)\b|\bhow much (?:was|is|did|does) (?:it|that)\b|\bwhat did i (?:order|buy)\b/iu.test(
      clause,
    )
  ) {
    return { kind: "order", orderId: undefined, about: "contents" };
  }
  return undefined;
}

function aboutIn(clause: string): "status" | "contents" | "change" {
  if (/\b(?:cancel|change|modify)\b/iu.test(clause)) return "change";
  if (/\bstatus\b/iu.test(clause)) return "status";
  return /\bwhat(?:'s| is| was) in\b|\bwhat (?:did|have) i (?:order|buy|bought)\b|\b(?:contents?|items?|cost|price|total|how much)\b/iu.test(
    clause,
  )
    ? "contents"
    : "status";
}
