import { isTest, place, relativeImports, type Source } from "./source.ts";

/** For each part of `src`, in the order of the table, the parts it may import. */
export type Parts = ReadonlyMap<string, readonly string[]>;

/** Reads the table "The parts, and who may import whom" of `ARCHITECTURE.md`. Parts with a workspace of their own are left out. */
export function readParts(architecture: string): Parts {
  const section = architecture.split(/^## /mu).find((text) => text.includes("who may import whom"));
  if (section === undefined) throw new Error("ARCHITECTURE.md has no section on who may import whom");
  const parts = new Map<string, readonly string[]>();
  for (const line of section.split("\n")) {
    const [, head, , cell] = line.split("|").map((text) => text.trim());
    const name = /^`([^`]+)`/u.exec(head ?? "")?.[1];
    if (name === undefined || cell === undefined || head?.includes("own workspace")) continue;
    parts.set(name, readCell(cell, [...parts.keys()]));
  }
  for (const [name, allowed] of parts) {
    const unknown = allowed.filter((part) => !parts.has(part));
    if (unknown.length > 0) throw new Error(`The row of ${name} names what is no part: ${unknown.join(", ")}`);
  }
  return parts;
}

/** Reads one cell: `nothing`, `all above`, or `core, channels (wire types)`. */
function readCell(cell: string, above: readonly string[]): readonly string[] {
  if (cell === "nothing") return [];
  const names = cell
    .replaceAll(/\([^)]*\)/gu, "")
    .split(",")
    .map((name) => name.replaceAll("`", "").trim());
  return names.flatMap((name) => (name === "all above" ? above : [name]));
}

/** The part a file of `src` belongs to: its folder, or the file itself at the top. */
export function partOf(file: string): string | undefined {
  return file.startsWith("src/") ? file.split("/")[1] : undefined;
}

/** Every import of a file that the table does not allow, as a sentence. */
export function forbiddenImports(source: Source, parts: Parts): readonly string[] {
  if (isTest(source.path)) return [];
  const part = partOf(source.path) ?? "";
  const allowed = [part, ...(parts.get(part) ?? [])];
  return relativeImports(source)
    .filter(({ target }) => target !== "package.json" && !allowed.includes(partOf(target) ?? ""))
    .map(({ at, target }) => `${place(source, at)} imports ${target}, and ${part} may not`);
}
