import type { Passage } from "./knowledge.ts";

/** Cuts a Markdown article into passages, one for each section; text before the first section belongs to the title. */
export function passagesOf(markdown: string, source: string): readonly Passage[] {
  const passages: Passage[] = [];
  let article = source.replace(/\.md$/u, "");
  let section = "";
  let lines: string[] = [];
  for (const line of `${markdown.replaceAll("\r", "")}\n## `.split("\n")) {
    const heading = /^(#{1,3}) ?(.*)$/u.exec(line);
    if (heading === null) {
      lines.push(line);
      continue;
    }
    const text = proseOf(lines);
    if (text !== "") passages.push({ title: section === "" ? article : `${article}: ${section}`, text, source });
    lines = [];
    const title = (heading[2] ?? "").trim();
    if (heading[1] === "#") {
      article = title;
      section = "";
    } else {
      section = title;
    }
  }
  return passages;
}

/** Markdown as it would be read aloud: links become their words, list marks and emphasis go. */
function proseOf(lines: readonly string[]): string {
  return lines
    .join(" ")
    .replace(/<!--.*?-->/gu, " ")
    .replace(/\[([^\]]*)\]\([^)]*\)/gu, "$1")
    .replace(/(^|\s)(?:[-*+]|\d+\.)\s+/gu, "$1")
    .replace(/[*_`]{1,3}([^*_`]+)[*_`]{1,3}/gu, "$1")
    .replace(/\s+/gu, " ")
    .trim();
}
