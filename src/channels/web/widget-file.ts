import { readFile } from "node:fs/promises";

/** The widget's parts, each before whoever needs it. */
const parts = ["texts", "style", "elements", "server", "events", "thread", "proof", "panel", "widget"];

/** The widget as the one script that pages load: its modules, put one after the other in a scope of their own. */
export async function widgetFile(): Promise<string> {
  const texts = await Promise.all(
    parts.map((name) => readFile(new URL(`./widget/${name}.js`, import.meta.url), "utf8")),
  );
  return `// The chat of Continuo. One script, no other requests than to its own server, no cookies.\n(() => {\n"use strict";\n${texts.map(bare).join("\n")}})();\n`;
}

/** A module without what only matters while it is one of several, and without what only matters to whoever reads it. */
function bare(source: string): string {
  return source
    .replaceAll(/^import\b[^;]*;\n/gmu, "")
    .replaceAll(/^export (?=function|const|async)/gmu, "")
    .replaceAll(/\/\*\*(?:[^*]|\*(?!\/))*\*\/\s?/gu, "")
    .replaceAll(/^[ \t]*\/\/.*\n/gmu, "")
    .replaceAll(/^[ \t]+|[ \t]+$/gmu, "")
    .replaceAll(/\n{2,}/gu, "\n");
}
