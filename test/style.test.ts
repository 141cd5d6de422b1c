import { describe, expect, test } from "vitest";
import { bannedNames, uncommentedCasts, undocumentedExports, undocumentedMethods } from "./support/house-rules.ts";
import { isTest, parseSource, sourcesIn } from "./support/source.ts";

const sources = sourcesIn("src").filter((source) => !isTest(source.path));

describe("the style, as STYLE.md tells it", () => {
  test("every exported name has a sentence of documentation", () => {
    expect(sources.flatMap(undocumentedExports)).toEqual([]);
  });

  test("every method of a port has a sentence of documentation", () => {
    const ports = sources.filter(({ path }) => path.startsWith("src/core/ports/"));
    expect(ports.flatMap(undocumentedMethods)).toEqual([]);
  });

  test("every cast says why", () => {
    expect(sources.flatMap(uncommentedCasts)).toEqual([]);
  });

  test("no exported type or class has a name that says nothing", () => {
    expect(sources.flatMap(bannedNames)).toEqual([]);
  });
});

describe("the check of the style", () => {
  test.each([
    [`export function a() {}`, 1],
    [`export const a = 1;`, 1],
    [`export class A {}`, 1],
    [`export interface A {}`, 1],
    [`export type A = 1;`, 1],
    [`const a = 1;\nexport { a };`, 1],
    [`/** */\nexport const a = 1;`, 1],
    [`// Not a doc comment.\nexport const a = 1;`, 1],
    [`/** Far away. */\n\nexport const a = 1;`, 1],
    [`/** Of another. */\nconst b = 1;\nexport const a = b;`, 1],
    [`/** One. */\nexport const a = 1;`, 0],
    [`/** One. */\n// And why.\nexport const a = 1;`, 0],
    [`/** One. */\nconst a = 1;\nexport { a };`, 0],
    [`/** One. */\nexport type A = string;\nexport const A = 1;`, 0],
    [`/** One. */\nexport function a(b: string): void;\nexport function a(b: number): void;`, 0],
    [`const a = 1;\n/** One. */\nexport { a };`, 0],
    [`import { a } from "./a.ts";\nexport { a };`, 0],
    [`export { a } from "./a.ts";`, 0],
    [`const a = 1;`, 0],
  ])("exports without documentation in %j: %i", (text, count) => {
    expect(undocumentedExports(parseSource("a.ts", text))).toHaveLength(count);
  });

  test.each([
    [`export interface A { a(): void }`, 1],
    [`export interface A { readonly a: () => void }`, 1],
    [`export interface A {\n /** One. */\n a(): void;\n readonly b: string }`, 0],
  ])("methods without documentation in %j: %i", (text, count) => {
    expect(undocumentedMethods(parseSource("a.ts", text))).toHaveLength(count);
  });

  test.each([
    [`const a = b as string;`, 1],
    [`const a = <string>b;`, 1],
    [`let a!: string;`, 1],
    [`class A { a!: string }`, 1],
    [`const c = 1; // of c\nconst a = b as string;`, 1],
    [`// Why.\nconst a = b as string;`, 0],
    [`const a = b as string; // Why.`, 0],
    [`const a = [1] as const;`, 0],
    [`import { a as b } from "./a.ts";`, 0],
  ])("casts without a comment in %j: %i", (text, count) => {
    expect(uncommentedCasts(parseSource("a.ts", text))).toHaveLength(count);
  });

  test("names that say nothing", () => {
    expect(
      bannedNames(
        parseSource("src/core/a.ts", `export class CallManager {}; export type Call = 1; export const getInfo = 1;`),
      ),
    ).toEqual(["src/core/a.ts exports CallManager, a name that says nothing"]);
  });
});
