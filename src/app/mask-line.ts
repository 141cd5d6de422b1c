// What must not be in a log line, in the shapes in which it could slip in. Plain runs of digits count only as a whole
// string, because times, sizes and hexadecimal ids are full of digits.
const shapes: readonly (readonly [RegExp, string])[] = [
  [/(?:\+|%2B)[1-9]\d{6,14}(?!\d)/gu, "[phone]"],
  [/\bphone_\d{7,15}\b/gu, "[phone]"],
  [/"\d{10,15}"/gu, '"[phone]"'],
  [/(?<!\d)(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?!\d)/gu, "[phone]"],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu, "[email]"],
  [/\b(?:sk-|Bearer |Basic )[\w.+/=-]{12,}/gu, "[secret]"],
];

/** A log line without phone numbers, e-mail addresses and keys: the net under everything that should keep them out. */
export function maskLine(line: string): string {
  let masked = line;
  for (const [shape, replacement] of shapes) masked = masked.replace(shape, replacement);
  return masked;
}
