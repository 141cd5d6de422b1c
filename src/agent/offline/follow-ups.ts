import { withoutOpening } from "./clauses.ts";
import type { Matter } from "./matters.ts";
import type { Scene } from "./scene.ts";
import type { Wish } from "./wish.ts";

const MOST_WORDS = 9;
/** A question that says nothing of what it is about. */
const open =
  /^(?:how (?:long|soon|fast|much|many|far)|when|where|what time)(?: (?:is|does|will|would|did|do|was) (?:it|that|this|they)(?: (?:take|cost|be|last|come))?)?$/iu;

/** What a short question means that only the talk before it explains: "how long?", "and to Canada?", "why?". */
export function followUpIn(clause: string, matter: Matter | undefined, scene: Scene): Wish | undefined {
  const bare = withoutOpening(clause).replace(/\W+$/u, "");
  if (bare.split(/\s+/u).length > MOST_WORDS || matter?.sure === true) return undefined;
  const { topic } = scene;
  if (
    /^(?:but )?(?:why|how come|for what reason)\b/iu.test(bare) ||
    /^(?:whose|who does (?:it|that) belong)/iu.test(bare)
  )
    return topic?.kind === "missing" ? { kind: "others" } : isShort(bare) ? { kind: "why" } : undefined;
  if (topic?.kind === "order" && /\btoo (?:high|much|expensive)\b|\bwrong amount\b/iu.test(bare))
    return { kind: "bill", orderId: undefined, question: bare };
  const asks =
    /^(?:how|when|where|what|which|who|is|are|was|does|do|did|has|have|will|can|could|and|or|what if|if|even|also|any)\b/iu.test(
      clause,
    ) || /\?\s*$/u.test(clause);
  if (!asks) return undefined;
  const short =
    bare.split(/\s+/u).length <= 4 &&
    /^(?:how (?:long|soon|fast|much|many|far)|when|where|how|what time)\b/iu.test(bare);
  switch (topic?.kind) {
    case "article":
      return short || refersBack(clause) ? { kind: "question", text: bare, within: topic.name } : undefined;
    case "order":
    case "missing":
      return orderFollowUp(bare);
    case "person":
      return /^(?:how (?:long|soon|fast)|when|by when|what time)\b/iu.test(bare) ? { kind: "how soon" } : undefined;
    case "trouble":
    case undefined:
      return open.test(bare) ? { kind: "about what" } : undefined;
  }
}

function isShort(bare: string): boolean {
  return bare.split(/\s+/u).length <= 3 || /\b(?:it|that|this|so)\b/iu.test(bare);
}

/** A clause that has no subject of its own: it begins in the middle, or speaks of "it". */
function refersBack(clause: string): boolean {
  return (
    /^(?:and|or|but|what about|how about|what if|even|also|only|for|to|in|with)\b/iu.test(clause) ||
    /\b(?:it|that|this|they|them|there|those|one)\b/iu.test(clause)
  );
}

function orderFollowUp(bare: string): Wish | undefined {
  const ofKnown = { orderId: undefined };
  if (/^(?:how (?:much|expensive)|what(?:'s| is| was) the (?:total|price|cost))\b/iu.test(bare))
    return { kind: "bill", ...ofKnown, question: bare };
  if (
    /^(?:how (?:long|soon|fast|far)|when|what (?:day|time|date)|which day|where|by when|who|which carrier|with whom|is it|has it|did it|will it)\b/iu.test(
      bare,
    )
  )
    return {
      kind: "parcel",
      ...ofKnown,
      trackingNumber: undefined,
      about: /^(?:how|when|what|which day|by when)/iu.test(bare) ? "when" : "where",
    };
  if (
    /^(?:what(?:'s| is| was| are| did)|which items?|and what)\b/iu.test(bare) &&
    /\b(?:it|in|order(?:ed)?|items?|things?|that)\b/iu.test(bare)
  )
    return { kind: "order", ...ofKnown, about: "contents" };
  return undefined;
}
