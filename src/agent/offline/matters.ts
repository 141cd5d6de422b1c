import { intentsOf } from "../intent.ts";
import { orderIn, soleOrderIn, trackingIn } from "./order-numbers.ts";
import { deviceIn } from "./trouble.ts";
import type { OrderWish, Wish } from "./wish.ts";

/** What a clause is about, and whether its words leave no doubt. */
export interface Matter {
  readonly wish: Wish;
  readonly sure: boolean;
}

/** The matter of business a clause is about; undefined when no word of it speaks for any. */
export function matterIn(clause: string): Matter | undefined {
  const certain = certainIn(clause);
  if (certain !== undefined) return { wish: certain, sure: true };
  const orderId = orderIn(clause, true);
  const [best] = intentsOf(clause);
  if (best === undefined)
    return orderId === undefined ? undefined : { wish: { kind: "order", orderId, about: aboutIn(clause) }, sure: true };
  const wish = wishOf(best.intent, clause, orderId);
  return wish === undefined ? undefined : { wish, sure: best.confidence >= SURE || orderId !== undefined };
}

const SURE = 0.7;

/** What a message asks of an order, with the order's number left open; undefined when it asks nothing of one. */
export function orderWishIn(text: string): OrderWish | undefined {
  const wish = matterIn(text)?.wish;
  return wish?.kind === "order" || wish?.kind === "parcel" || wish?.kind === "bill" ? wish : undefined;
}

/** Whether a device's name comes with something that is wrong with it, or that is to be done with it. */
export function isFault(clause: string): boolean {
  const technical = intentsOf(clause).find(({ intent }) => intent === "technical");
  return (technical?.confidence ?? 0) >= SURE || faulty.test(clause);
}

const faulty =
  /\b(?:problems?|issues?|trouble|wrong|slow|nois[ey]|smells?|loud|quiet|hot|weird|strange|\w+n't|not|can't|cannot|stop(?:s|ped)?|no|low|crack(?:s|ed)|loose|stuck|hang(?:s|ing)?|lags?|drops?|broke|broken|damaged|flicker\w*|connect|pair|reset|set ?up|charge|turn on|switch on|install|restart|dead|fail\w*|help)\b/iu;

/** The matters that a rule of their own knows. */
function certainIn(clause: string): Wish | undefined {
  const orderId = orderIn(clause, true);
  if (danger.test(clause)) return { kind: "person", urgent: true };
  const trackingNumber = trackingIn(clause);
  if (trackingNumber !== undefined) return { kind: "parcel", orderId, trackingNumber, about: "where" };
  if (wantsPerson(clause)) return { kind: "person", urgent: false };
  const sole = soleOrderIn(clause);
  if (sole !== undefined) return { kind: "order", orderId: sole, about: "status" };
  const article = orderId === undefined ? articles.find(([pattern]) => pattern.test(clause))?.[1] : undefined;
  if (article !== undefined) return { kind: "question", text: article };
  if (tracking.test(clause))
    return { kind: "parcel", orderId, trackingNumber, about: trackedBy.test(clause) ? "number" : "where" };
  const about = orderSigns.find(([pattern]) => pattern.test(clause))?.[1];
  if (about !== undefined && (about !== "wrong" || isDelivered(clause))) return { kind: "order", orderId, about };
  if (amount.test(clause) && !isGeneral(clause)) return { kind: "bill", orderId, question: clause };
  if (!arrival.test(clause)) return undefined;
  return { kind: "parcel", orderId, trackingNumber, about: asksWhen(clause) ? "when" : "where" };
}

const danger =
  /\b(?:urgent|emergency|lawyer|sue|police|dangerous|smoke|smoking|burn(?:ing|t|ed)?|on fire|injur\w+|explod\w+|electric shock)\b/iu;
const tracking =
  /\btrack(?:ing)?(?: ?(?:number|no\.?|id|code|link|info|information)|\W*$)|\b(?:number|id|code) (?:to|for) (?:tracking|track)\b|\b(?:how (?:can|do|could) i|where (?:can|do) i)\b.*\btrack/iu;
const trackedBy = /\b(?:number|no|id|code|link|how)\b/iu;
const amount =
  /\bhow much (?:was|is|did|does|do) (?:it|that|this|my|the order|i)\b|\b(?:my|its|the|order|order's|that|in) (?:grand )?total\b|^\W*(?:and |the )*(?:total|price|cost|amount)\W*$/iu;
const buying =
  /\b(?:want|wanna|like|wish|going|trying|possible|how (?:do|can) i|(?:can|could|may) i)(?: \w+){0,2}? (?:buy|purchase|place an order|(?<!\b(?:my|the|this|that) )order (?!number|status|id|no\b|ord|\d))|\b(?:do|can) you (?:sell|have|stock|carry|recommend)\b(?=.*\b(?:headphones?|earbuds|router|lamp|charger|cable|speaker|keyboard|mouse|camera|monitor|tablet|laptop|phones?|battery|anything|products?)\b)|\bin stock\b/iu;

/** Questions for the articles that people ask in other words than the articles have. */
const articles: readonly (readonly [RegExp, string])[] = [
  [/\byour (?:phone )?number\b|\bphone number\b.*\b(?:call|you)\b|\byour e-?mail\b/iu, "phone number and e-mail"],
  [/\b(?:located|your (?:address|website|web ?site|store|shop)|website)\b/iu, "address of shop and warehouse"],
  [/\bhow (?:do|can|could|would|should)\b.*\b(?:return|send .{1,20} back)\b|\breturn label\b/iu, "return label"],
  [buying, "placing an order, buying something"],
  [/\b(?:replacement|replace|swap|repaired?)\b/iu, "warranty: how to claim a replacement"],
  [
    /\b(?:where|what|what's|find|forgot|lost|know)\b.{0,20}\border (?:number|id|no)\b/iu,
    "where to find the order number",
  ],
  [
    /\b(?:are|when|until|what time|which days?)\b.{0,20}\b(?:you|shop|store|it) (?:still )?(?:open|close|closed)\b|\bclosing\b/iu,
    "opening hours",
  ],
];

const orderSigns: readonly (readonly [RegExp, "contents" | "change" | "placed" | "wrong"])[] = [
  [
    /\b(?:cancel|change|modify|amend|edit)\b.*\b(?:orders?|it|that|this|one|(?:the|delivery|shipping) address)\b|\border\b.*\b(?:cancell?ed|changed)\b|^\W*(?:please )?cancel(?:lation)?(?: please)?\W*$/iu,
    "change",
  ],
  [
    /\b(?:wrong|missing|incomplete|damaged|broken|defective|faulty|lost|stolen|not what i ordered|problem|issue)\b.*\b(?:items?|products?|parcel|package|orders?|colou?r|size|delivery|box)\b/iu,
    "wrong",
  ],
  [
    /\b(?:items?|products?|parcel|package|order|delivery|box|cables?|lamp|headphones|one|something) (?:(?:is|are|was|were|has|have|had|came|arrived|got|went) )+(?:been )?(?:wrong|missing|incomplete|damaged|lost|stolen|empty)\b|\b(?:wrong|missing) (?:one|thing|cable|lamp|headphones)\b/iu,
    "wrong",
  ],
  [/\bwhen did i (?:order|buy|place|purchase)\b|\b(?:order|purchase) date\b/iu, "placed"],
  [
    /\bwhat(?:'s| is| was| are| were) in (?:it|there|my|the|that|this|order)\b|\bwhat (?:did|have) i (?:order|buy|bought|purchase)|\bwhat (?:i|i've|have i) ordered\b|\b(?:contents?|items?) (?:of|in)\b|\bhow many\b.*\bdid i (?:order|buy)\b/iu,
    "contents",
  ],
];

/** A device that is broken is mended; what came broken or in the wrong number is a matter of its order. */
function isDelivered(clause: string): boolean {
  return (
    deviceIn(clause) === undefined ||
    /\b(?:wrong|missing|arriv\w*|came|order\w*|parcel|package|deliver\w*)\b/iu.test(clause)
  );
}

const arrival =
  /\b(?:when|what (?:day|time|date)|how (?:soon|long|far)|where|will|has|have|did|is|isn't|hasn't|should)\b.*\b(?:it|that|they|them|mine|this|my (?:\w+ )?(?:order|parcel|package|stuff|things|delivery|headphones|lamp|cables?)|the (?:order|parcel|package|delivery))\b.*\b(?:com(?:e|es|ing)|arriv\w*|get here|gets? (?:here|delivered)|here|deliver\w*|ship(?:ped)?|sent|be there|reach\w*|on (?:its|the) way|on time|late|delayed|left)\b|\bwhere(?:'s| is| are| the \w+ is)?\b.*\b(?:it|that|they|mine|my (?:\w+ )?(?:order|parcel|package|stuff|things|delivery|headphones|lamp|cables?)|(?:order|parcel|package))\b|\b(?:any|some) (?:news|updates?)\b|\b(?:eta|delivery (?:date|day)|arrival (?:date|day|time)|when (?:is )?(?:the )?delivery)\b|\bwhen (?:should|can|do) i (?:expect|get|receive)\b|\bwho (?:delivers|brings|is delivering|ships|carries)\b|\b(?:hasn't|not|never|still not) (?:arrived|come|received|here)\b|\bdid(?:n't| not) (?:arrive|come|receive|get)\b|\bwaiting for (?:it|my|the)\b/iu;

function asksWhen(clause: string): boolean {
  return (
    /\b(?:when|how (?:long|soon)|what (?:day|time|date)|which day|eta|date|on time)\b/iu.test(clause) &&
    !/\bwhere\b/iu.test(clause)
  );
}

/** Without one of these words, "where" may ask for anything. */
const isParcel =
  /\b(?:track\w*|parcel|package|courier|carrier|transit|arriv\w*|deliver\w*|on its way|ship\w*|ups|fedex|dhl|orders?)\b/iu;

/** What an intent that the words speak for asks for. */
function wishOf(
  intent: ReturnType<typeof intentsOf>[number]["intent"],
  clause: string,
  orderId: string | undefined,
): Wish | undefined {
  const question: Wish = { kind: "question", text: clause };
  const parcel: Wish = {
    kind: "parcel",
    orderId,
    trackingNumber: undefined,
    about: asksWhen(clause) ? "when" : "where",
  };
  const device = deviceIn(clause);
  switch (intent) {
    case "tracking":
      if (!isParcel.test(clause)) return undefined;
      return isGeneral(clause) ? question : parcel;
    case "billing":
      return isGeneral(clause) ? question : { kind: "bill", orderId, question: clause };
    case "technical":
      if (device === undefined && /\b(?:problem|issue)\b/iu.test(clause)) return { kind: "problem" };
      return { kind: "device", device, words: clause, fault: isFault(clause) };
    case "order":
      return orderId === undefined &&
        isGeneral(clause) &&
        /\b(?:do you|can i|could i|how|policy|usually)\b/iu.test(clause)
        ? question
        : { kind: "order", orderId, about: aboutIn(clause) };
    case "policy":
    case "account":
      return question;
    case "person":
      return undefined;
  }
}

/** Who names a person as somebody to talk to wants one; who only mentions one does not. */
function wantsPerson(clause: string): boolean {
  if (/\b(?:pretend|act|like a human|as a human)\b/iu.test(clause)) return false;
  const intent = intentsOf(clause).find((each) => each.intent === "person");
  return (
    (intent !== undefined && intent.confidence >= SURE) ||
    /\b(?:speak|talk|chat|connect|transfer|put|pass)\b(?: \w+)? (?:to|with|through to|on to) (?:\w+ ){0,2}(?:person|human|agent|someone|somebody|colleague|representative|manager|supervisor|boss)\b/iu.test(
      clause,
    )
  );
}

/** A question about how things are done here, not about one order. */
function isGeneral(clause: string): boolean {
  if (
    /\b(?:my|its|mine)\b|\bord[_\s-]?\d|\border \d|\bwas i\b|\bi was\b|\bi(?:'ve| have) been\b|\bdid i\b|\bi (?:paid|ordered|bought)\b|\b(?:the|this|that) (?:order|parcel|package|total)\b/iu.test(
      clause,
    )
  )
    return false;
  return /\b(?:how (?:long|much|many|do|does|can|fast)|do you|does|can i|could i|what (?:is|are|payment)|what's|which|who|policy|usually|normally|in general|shipping|delivery (?:cost|time|fee)s?|accept)\b/iu.test(
    clause,
  );
}

/** What is asked of an order. */
export function aboutIn(clause: string): "status" | "contents" | "change" {
  if (/\b(?:cancel\w*|change|modify)\b/iu.test(clause)) return "change";
  if (/\bstatus\b/iu.test(clause)) return "status";
  return /\b(?:contents?|items?|details?|cost|price|total|how much)\b/iu.test(clause) ? "contents" : "status";
}
