const LONGEST_TEXT = 1_600;

/** A long spoken reply as texts of at most 1,600 characters, cut at the last sentence or word that fits. */
export function textsOfSpeech(text: string): readonly string[] {
  const texts: string[] = [];
  for (let rest = text.trim(); rest !== "";) {
    const length = rest.length <= LONGEST_TEXT ? rest.length : cutAt(rest);
    texts.push(rest.slice(0, length).trim());
    rest = rest.slice(length).trim();
  }
  return texts;
}

function cutAt(text: string): number {
  const head = text.slice(0, LONGEST_TEXT);
  const sentence = Math.max(head.lastIndexOf(". "), head.lastIndexOf("? "), head.lastIndexOf("! "));
  if (sentence > LONGEST_TEXT / 2) return sentence + 1;
  const space = head.lastIndexOf(" ");
  if (space > 0) return space;
  // Never between the two halves of a character outside the first plane.
  return /[\uD800-\uDBFF]$/u.test(head) ? LONGEST_TEXT - 1 : LONGEST_TEXT;
}
