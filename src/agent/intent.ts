/** What a customer may want of a shop, as `classify_intent` names it. */
export type Intent = "order" | "tracking" | "billing" | "technical" | "policy" | "account" | "person";

/** An intent with how sure it is, from 0 to 1. */
export interface WeighedIntent {
  readonly intent: Intent;
  readonly confidence: number;
}

// Words that speak for an intent, strong ones first; a strong word counts three times a weak one.
const signs: readonly (readonly [Intent, RegExp, RegExp])[] = [
  [
    "person",
    /\b(human|real person|representative|operator|supervisor|manager|call ?cent(?:re|er)|somebody real|speak (?:to|with) (?:a |an |some|the )?(?:person|someone|somebody|agent|colleague|human)|talk (?:to|with) (?:a |an |some|the )?(?:person|someone|somebody|agent|colleague|human)|complaint)\b/giu,
    /\b(person|colleague|someone|somebody|agent)\b/giu,
  ],
  [
    "tracking",
    /\b(track(?:ing)?|trk_\w+|parcel|package|courier|carrier|in transit|out for delivery|ups|fedex|dhl)\b/giu,
    /\b(where(?:'s| is)?|arriv\w*|deliver\w*|on its way|ship(?:ped|ment))\b/giu,
  ],
  [
    "technical",
    /\b(not working|doesn'?t work|does not work|won'?t|stopped working|broken|faulty|defect\w*|fault|frozen|freezes|crash\w*|no power|dead|no (?:picture|sound|signal|connection)|keeps? (?:disconnecting|restarting|dropping)|(?:not|n'?t) (?:charg\w*|turn on|light up|connect)|troubleshoot\w*|pair(?:ing)?|bluetooth|wi-?fi|error (?:code|light|message)|blinking|flashing)\b/giu,
    /\b(device|router|speaker|headphones?|lamp|charg(?:er|ing)|battery|turn on|switch on|setup|set up|install|reset|restart|connect\w*|problem|issue)\b/giu,
  ],
  [
    "billing",
    /\b(bill(?:s|ed|ing)?|invoice|(?<!(?:not|n't|nt) )charged?|charges|overcharged|double charge|charged twice|payment|credit card|paid|refund(?:s|ed)?|money back|receipt)\b/giu,
    /\b(cost|price|total|amount|card|pay|money)\b/giu,
  ],
  [
    "policy",
    /\b(polic(?:y|ies)|returns?|return|exchange|warrant(?:y|ies)|guarantee|shipping (?:cost|fee|time|option)\w*|delivery (?:cost|fee|time|option)\w*|opening hours|opening times|business hours|international|gift card|privacy|ship (?:to|abroad))\b/giu,
    /\b(how long|how many days|can i|do you|are you open|hours|abroad|free|eligible|allowed)\b/giu,
  ],
  [
    "account",
    /\b(account|password|log ?in|sign ?in|e-?mail address|change my (?:address|email|e-mail|name|number)|unsubscribe|delete my (?:data|account))\b/giu,
    /\b(profile|address|settings|update)\b/giu,
  ],
  [
    "order",
    /\b(ord[_-]\d+|orders?|order (?:number|status)|purchase[ds]?|bought)\b/giu,
    /\b(status|item|items|cancel\w*|when|late)\b/giu,
  ],
];

/** What a text is about, the surest first; empty when no word of it speaks for anything. */
export function intentsOf(text: string): readonly WeighedIntent[] {
  const words = text.slice(0, 1_000);
  const found: WeighedIntent[] = [];
  for (const [intent, strong, weak] of signs) {
    const weight = count(words, strong) * 3 + count(words, weak);
    if (weight > 0) found.push({ intent, confidence: Math.round((1 - 1 / (1 + weight)) * 100) / 100 });
  }
  return found.toSorted((a, b) => b.confidence - a.confidence);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
