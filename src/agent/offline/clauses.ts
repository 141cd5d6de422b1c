const MOST_CHARACTERS = 2_000;
// Whoever needs more for one question tells a story, and its beginning says what it is about.
const LONGEST = 300;
const MOST_CLAUSES = 12;

/** Splits a message at sentence ends and where another question begins. */
export function clausesOf(words: string): readonly string[] {
  return words
    .slice(0, MOST_CHARACTERS)
    .split(
      /(?<=[.!?;])\s+|\n+|,?\s+(?:and|also|but|plus)\s+(?=(?:also\s+)?(?:how|what|when|where|which|who|can|could|do|does|is|are|will|i\b|my|please|tell|the))/iu,
    )
    .map((clause) => clause.trim().slice(0, LONGEST))
    .filter((clause) => clause !== "")
    .slice(0, MOST_CLAUSES);
}

/** A clause without the words it opens with to be polite, to agree or to take something back. */
export function withoutOpening(clause: string): string {
  return clause.replace(
    /^(?:(?:no+|nope|nah|not|yes|yeah|yep|ok(?:ay)?|well|so|oh|ah|um+|uh+|hm+|sorry|actually|wait|please|and|but|also|then|hi|hello|hey|there|thanks|thank you|great|alright|all right|right|sure|look|i meant?|i said)\b[\s,.!:;-]*)+/iu,
    "",
  );
}
