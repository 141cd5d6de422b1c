/** An element as it was written: names and attributes keep their case. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All text directly inside, without what is inside children. */
  readonly text: string;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const nameShape = /[A-Za-z_][\w.:-]*/uy;
const attributeShape = /\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/uy;

/** Reads a small XML document, strictly. Throws with the place of the first mistake. */
export function readXml(source: string): XmlElement {
  let at = 0;

  function fail(problem: string): never {
    throw new Error(`12100: ${problem} at character ${at} of the document`);
  }

  function match(shape: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(shape.source, "uy");
    sticky.lastIndex = at;
    const found = sticky.exec(source);
    if (found !== null) at = sticky.lastIndex;
    return found;
  }

  function skipMisc(): void {
    while (match(/\s+|<!--[\s\S]*?-->|<\?[\s\S]*?\?>/u) !== null);
  }

  function unescaped(text: string): string {
    return text.replace(/&([^;\s]*);?/gu, (whole, entity: string) => {
      const known = entities[entity];
      if (known !== undefined && whole.endsWith(";")) return known;
      const number = /^#(?:x([0-9a-f]+)|(\d+))$/iu.exec(entity);
      if (number === null || !whole.endsWith(";")) return fail(`an unknown entity ${whole}`);
      return String.fromCodePoint(Number.parseInt(number[1] ?? number[2] ?? "", number[1] === undefined ? 10 : 16));
    });
  }

  function readAttributes(): Record<string, string> {
    const attributes: Record<string, string> = {};
    for (let found = match(attributeShape); found !== null; found = match(attributeShape)) {
      const [, name = "", double, single] = found;
      if (Object.hasOwn(attributes, name)) fail(`attribute ${name} twice`);
      attributes[name] = unescaped(double ?? single ?? "");
    }
    return attributes;
  }

  function readElement(): XmlElement {
    if (match(/</u) === null) fail("no element");
    const name = match(nameShape)?.[0] ?? fail("no element name");
    const attributes = readAttributes();
    if (match(/\s*\/>/u) !== null) return { name, attributes, children: [], text: "" };
    if (match(/\s*>/u) === null) fail(`a broken tag <${name}>`);
    const children: XmlElement[] = [];
    let text = "";
    for (;;) {
      text += unescaped(match(/[^<]+/u)?.[0] ?? "");
      if (match(/<!--[\s\S]*?-->/u) !== null) continue;
      const cdata = match(/<!\[CDATA\[([\s\S]*?)\]\]>/u);
      if (cdata !== null) {
        text += cdata[1] ?? "";
        continue;
      }
      const close = match(/<\/([\w.:-]+)\s*>/u);
      if (close !== null && close[1] !== name) fail(`</${close[1]}> closes <${name}>`);
      if (close !== null) return { name, attributes, children, text };
      if (at >= source.length) fail(`<${name}> is never closed`);
      children.push(readElement());
    }
  }

  skipMisc();
  const root = readElement();
  skipMisc();
  if (at < source.length) fail("something after the document's end");
  return root;
}
