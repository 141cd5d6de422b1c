import { intentsOf } from "../intent.ts";
import { isMended } from "./moves.ts";
import type { Wish } from "./wish.ts";

// A clause is tried against these in their order.
const signs: readonly (readonly [Wish, RegExp])[] = [
  [
    { kind: "who" },
    /\b(?:are you|is (?:this|it|that)|am i (?:talking|speaking|chatting|texting) (?:to|with)|you'?re|you are) (?:a |an |really |even |the |some |just |only |actually |talking |or )*(?:human|person|robot|bot|ai|a\.i\.|machine|computer|real|chat ?gpt|gpt|claude|gemini|siri|alexa|language model|llm|large language model|automated|program)\b/iu,
  ],
  [{ kind: "who" }, /^\W*(?:a )?(?:robot|bot|chatbot|ai|language model|llm|chatgpt|gpt)\W*$/iu],
  [
    { kind: "who" },
    /\b(?:who|what) (?:exactly |the hell )?are you\b|\bwho am i (?:talking|speaking|chatting) (?:to|with)\b|\bwhat(?:'s| is) your name\b|\b(?:which|what) (?:kind of |sort of |ai |language )*model\b|\bwho (?:made|built|created|trained|programmed) you\b|\bhow old are you\b|\bwhere are you from\b|\bare you (?:sure you're not|not) a\b|\bdo you (?:use|run on) (?:ai|gpt|chatgpt|openai)\b/iu,
  ],
  [
    { kind: "abilities" },
    /\bwhat (?:can|could|do|are) you (?:do|able|help|offer|good for)\b|\bhow (?:can|could|do) you help\b|\bwhat (?:can|could|should|do|may) i (?:ask|do here|say|text|write)\b|\bhow does this work\b|^\W*(?:please )?(?:help|help me|i need help|i need some help|(?:can|could) you help(?: me)?(?: with something| please)?|i need to (?:talk|ask something)|menu|options|commands|info|start|help please|i have a question|i have questions|question)\W*$/iu,
  ],
  [
    { kind: "stranger" },
    /\b(?:i'm|i am|am) (?:not|no) (?:a |an |yet a |your )?(?:customer|client)\b|\bi (?:haven't|have not|didn't|did not|never) (?:ordered|bought|order|buy|purchased?)\b|\bi (?:have no|haven't (?:got )?(?:any|an)|don't have (?:any|an?)) (?:orders?|account)\b/iu,
  ],
  [
    { kind: "recall", what: "name" },
    /\bwhat(?:'s| is| was) my name\b|\bdo you (?:know|remember) (?:my name|who i am)\b|\bwho am i\b(?! (?:talking|speaking|chatting))/iu,
  ],
  [
    { kind: "recall", what: "words" },
    /\bwhat (?:did|have) (?:i|we) (?:just )?(?:say|said|ask|asked|tell|told|talk|talked|write|written|text|discuss)\b|\bwhat (?:were we|was i) (?:talking|asking|saying)\b|\bdo you remember (?:me|what)\b|\bwhat was (?:my|the last) question\b/iu,
  ],
  [
    { kind: "recall", what: "order" },
    /\bwhat(?:'s| is| was) my (?:last )?order(?: number| id)?(?: again)?\s*\W*$|\b(?:which|what) order (?:did|was|were|have)\b/iu,
  ],
  [
    { kind: "orders" },
    /\b(?:all|list|show|see)\b.{0,12}\bmy orders\b|\b(?:what|which|any|how many) (?:other )?orders\b|^\W*my orders\W*$/iu,
  ],
  [
    { kind: "again", how: "go on" },
    /^(?:please )?(?:go on|continue|carry on|keep going|you were saying|what were you saying|finish (?:that|what)|and then|sorry,? go on)\b/iu,
  ],
  [
    { kind: "again", how: "repeat" },
    /\b(?:say (?:that|it)(?: again| slower| more slowly| louder|\W*$)|slower|more slowly|repeat (?:that|it|please|the)|come again|what did you (?:just )?say|(?:didn't|can't|couldn't) (?:hear|catch|get) (?:that|you|it)|pardon|what do you mean|don't understand)\b|^(?:sorry|what|huh|excuse me|repeat|sorry,? what|eh|hm+)\s*\?*$/iu,
  ],
  [
    { kind: "misunderstood" },
    /\byou(?:'re| are) (?:wrong|mistaken)\b|\b(?:that|it|this)(?:'s| is) (?:wrong|not (?:true|right|correct|what i))\b|\b(?:not|isn't) what i (?:asked|meant|said|wanted)\b|\byou (?:don't|do not|didn't) (?:understand|get|listen|answer)|\byou misunderst/iu,
  ],
  [
    { kind: "silent" },
    /\b(?:are you (?:still )?there|(?:anybody|anyone|somebody) (?:here|there|home)|still there)\b/iu,
  ],
  [
    { kind: "well" },
    /\bhow are you\b|\bhow(?:'s| is) it going\b|\bhow do you do\b|\band you\?|\b(?:how|what) about you\b|\bwhat's up\b/iu,
  ],
  [
    { kind: "leave" },
    /\b(?:good)?bye\b|^(?:(?:ok(?:ay)?|great|no|nope|thanks),?\s*)*(?:good night|see you|cya|that(?:'s| is| will be| was) (?:all|it|everything)|have a (?:nice|good|great)|take care|talk (?:to you )?later)\b/iu,
  ],
  [
    { kind: "done" },
    /^(?:no|nope|nah|not now|nothing)[\s,.]*(?:thanks?|thank you|thats? (?:all|it)|that's (?:all|it)|more|else|i'm (?:good|fine|ok))[\s\w]{0,12}\W*$/iu,
  ],
  [
    { kind: "thank" },
    /^(?:(?:ok(?:ay)?|great|perfect|cool|nice|super|good|yes|alright|awesome|many|ah|oh)[,.!]?\s+)*(?:thanks?|thank you|cheers|much appreciated)\b/iu,
  ],
  [
    { kind: "praise" },
    /\b(?:you(?:'re| are)|that(?:'s| is| was)|this is|it(?:'s| is)) (?:so |very |really |quite |pretty |a |an |the )*(?:great|good|awesome|amazing|excellent|helpful|brilliant|wonderful|perfect|best|nice|cool|kind|smart|clever|impressive|fantastic|lovely|sweet)\b|\b(?:good (?:job|bot|work)|well done|nice (?:job|work|one)|i love (?:you|it|this)|love it|impressive)\b/iu,
  ],
  [
    { kind: "fine" },
    /^(?:(?:ok(?:ay)?|great|perfect|good|nice|cool|alright|all right|fine|understood|got it|i see|makes sense|sounds good|super|awesome|mhm|uh-?huh|aha|right|sure)[\s,.!]*){1,3}$/iu,
  ],
  [{ kind: "fine" }, /^\W*(?:never ?mind|forget it|forget about it|doesn't matter|no worries|no problem)\W*$/iu],
];

/** What a clause is when it is no matter of business: a courtesy, or a word about the talk itself. */
export function courtesyIn(clause: string): Wish | undefined {
  if (
    /^(?:(?:sorry|ok|okay|no|please),? )?(?:wait|hold on|one (?:moment|second|sec|minute)|just a (?:moment|second|sec|minute)|hang on|let me (?:check|look|see))\b|^\W*(?:stop\W*)+$/iu.test(
      clause,
    ) &&
    clause.length < 40
  )
    return { kind: "wait" };
  if (isMended(clause) && clause.length < 60 && !/\border|parcel|package\b/iu.test(clause)) return { kind: "solved" };
  const wish = signs.find(([, pattern]) => pattern.test(clause))?.[0];
  if (wish === undefined) return undefined;
  // Thanks that come with a question are polite; the question is what counts.
  const light = wish.kind === "thank" || wish.kind === "leave" || wish.kind === "praise";
  return light && intentsOf(clause).length > 0 ? undefined : wish;
}
