/** Attributes of an element; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** One element with its children, everything escaped. Names are written as they are. */
export function element(name: string, attributes: Attributes = {}, children: readonly string[] = []): string {
  let tag = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) tag += ` ${key}="${escaped(String(value))}"`;
  }
  return children.length === 0 ? `${tag}/>` : `${tag}>${children.join("")}</${name}>`;
}

/** Text between tags, escaped. */
export function content(text: string): string {
  return escaped(text);
}

/** A whole document of the given verbs. */
export function document(verbs: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${element("Response", {}, verbs)}`;
}

/** The document that asks for nothing. */
export const emptyTwiml = document([]);

/** Answers a text at once with a text. */
export function messageTwiml(text: string): string {
  return document([element("Message", {}, [content(text)])]);
}

// What XML 1.0 has no place for, not even escaped.
// oxlint-disable-next-line no-control-regex -- control characters are what is sought
const illegal = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF\p{Surrogate}]/gu;
const special = /[&<>"'\t\n\r]/gu;

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
  // A reader turns bare ones into spaces inside an attribute.
  ["\t", "&#9;"],
  ["\n", "&#10;"],
  ["\r", "&#13;"],
]);

function escaped(text: string): string {
  return text.replace(illegal, "").replace(special, (character) => entities.get(character) ?? character);
}
