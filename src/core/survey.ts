/** How long a question that was asked after a session waits for its answer, in milliseconds. */
export const SURVEY_OPEN_MS = 24 * 60 * 60_000;

/**
 * The score in an answer to the survey: one digit from 1 to 5, with nothing but punctuation behind it; undefined for
 * everything else, which is no answer but something the customer wants.
 */
export function surveyScore(text: string): number | undefined {
  // Some keyboards and phones send a digit in full width or as a key cap, which is a digit with marks behind it.
  const digit = /^([1-5])[\p{P}\p{M}\s]*$/u.exec(text.normalize("NFKC").trim())?.[1];
  return digit === undefined ? undefined : Number(digit);
}
