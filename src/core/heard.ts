/** Something that was sent to be spoken, and how much of it is known to have been heard. */
export interface Playback {
  readonly text: string;
  /** Length of the beginning of `text` that is known to have been played. */
  readonly played: number;
}

/** Where in the text a quoted stretch ends when it starts at or after `from`; undefined when it is not in there. */
export function endOfQuote(text: string, quote: string, from = 0): number | undefined {
  const exact = text.indexOf(quote, from);
  if (exact >= 0) return exact + quote.length;
  return endOfLooseQuote(text, quote, from);
}

/** Moves a playback on by a fragment that was reported as played; the same playback when the fragment is not of it. */
export function advance(playback: Playback, fragment: string): Playback {
  const end = endOfQuote(playback.text, fragment, playback.played);
  return end === undefined ? playback : { ...playback, played: end };
}

/**
 * The beginning of what was sent that the caller heard, given what the interruption quotes. The quote may be all that
 * was heard or only the last stretch of it, so it is looked for first where playback is known to have been. What is
 * known to have been played was heard in any case; a quote that cannot be found adds nothing to it.
 */
export function heardText(playback: Playback, quote: string): string {
  const wanted = quote.trim();
  if (wanted === "") return playback.text.slice(0, playback.played);
  const from = Math.max(0, playback.played - quote.length - 1);
  const end = endOfQuote(playback.text, wanted, from) ?? endOfQuote(playback.text, wanted) ?? 0;
  return playback.text.slice(0, Math.max(playback.played, end));
}

/** Whether nothing that can be heard is left to be played. */
export function isPlayed(playback: Playback): boolean {
  return playback.text.slice(playback.played).search(/[\p{L}\p{N}]/u) < 0;
}

/** Finds a quote by its letters and digits only: speech comes back with other spacing, case and punctuation. */
function endOfLooseQuote(text: string, quote: string, from: number): number | undefined {
  const wanted = plain(quote);
  if (wanted === "") return undefined;
  let letters = "";
  const ends: number[] = [];
  // A mark belongs to its letter: a text is never cut between the two.
  for (const found of text.slice(from).matchAll(/[\p{L}\p{N}]\p{M}*/gu)) {
    const letter = plain(found[0]);
    letters += letter;
    for (let i = 0; i < letter.length; i += 1) ends.push(from + found.index + found[0].length);
  }
  const at = letters.indexOf(wanted);
  return at < 0 ? undefined : ends[at + wanted.length - 1];
}

function plain(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
}
