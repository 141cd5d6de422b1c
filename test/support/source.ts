import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { parseSync, Visitor, type ParseResult } from "oxc-parser";

/** The folder of the whole project. */
export const root = path.resolve(import.meta.dirname, "../..");

/** One parsed TypeScript file. */
export interface Source {
  /** Path from the project's root, with forward slashes: `src/core/turn.ts`. */
  readonly path: string;
  readonly text: string;
  readonly program: ParseResult["program"];
  readonly comments: ParseResult["comments"];
}

/** Parses a TypeScript file given as text. */
export function parseSource(file: string, text: string): Source {
  const { program, comments, errors } = parseSync(file, text);
  const [error] = errors;
  if (error) throw new Error(`${file} cannot be parsed: ${error.message}`);
  return { path: file, text, program, comments };
}

/** All TypeScript files below a folder of the project, parsed. */
export function sourcesIn(folder: string): readonly Source[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, "/")))
    .toSorted()
    .map((file) => parseSource(file, readFileSync(path.join(root, file), "utf8")));
}

/** Whether a file is a test, for which most rules do not hold. */
export function isTest(file: string): boolean {
  return file.endsWith(".test.ts");
}

/** `src/core/turn.ts:12`, for messages. */
export function place(source: Source, offset: number): string {
  return `${source.path}:${lineOf(source, offset)}`;
}

/** The line of an offset, from 1. */
export function lineOf(source: Source, offset: number): number {
  return source.text.slice(0, offset).split("\n").length;
}

/** Everything a file imports by a relative path: statements, `import()`, types, and `new URL("…", import.meta.url)`. */
export function relativeImports(source: Source): readonly { readonly at: number; readonly target: string }[] {
  const found: { at: number; specifier: string }[] = [];
  function add(node: { type: string; start: number; value?: unknown } | null | undefined): void {
    if (node?.type === "Literal" && typeof node.value === "string")
      found.push({ at: node.start, specifier: node.value });
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
    NewExpression: (node) => {
      const [target] = node.arguments;
      const isUrl = node.callee.type === "Identifier" && node.callee.name === "URL" && node.arguments.length === 2;
      const isCode = target?.type === "Literal" && typeof target.value === "string" && /\.[jt]s$/u.test(target.value);
      if (isUrl && isCode) add(target);
    },
  }).visit(source.program);
  return found
    .filter(({ specifier }) => /^\.{1,2}(\/|$)/u.test(specifier))
    .map(({ at, specifier }) => ({ at, target: path.posix.join(path.posix.dirname(source.path), specifier) }));
}
