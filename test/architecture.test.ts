import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { environmentReads } from "./support/house-rules.ts";
import { forbiddenImports, partOf, readParts } from "./support/parts.ts";
import { isTest, parseSource, root, sourcesIn } from "./support/source.ts";

const parts = readParts(readFileSync(path.join(root, "ARCHITECTURE.md"), "utf8"));
const sources = sourcesIn("src");

describe("the architecture, as ARCHITECTURE.md tells it", () => {
  test("every folder and file at the top of src is a row of the table of parts", () => {
    const names = readdirSync(path.join(root, "src")).filter((name) => !isTest(name));
    expect(names.filter((name) => !parts.has(name))).toEqual([]);
  });

  test("a file imports only parts that its own part may import", () => {
    expect(sources.flatMap((source) => forbiddenImports(source, parts))).toEqual([]);
  });

  test("only src/app/env.ts reads the environment", () => {
    const others = sources.filter(({ path: file }) => file !== "src/app/env.ts" && !isTest(file));
    expect(others.flatMap(environmentReads)).toEqual([]);
  });
});

describe("the check of the architecture", () => {
  const table = [
    "## 2. The parts, and who may import whom",
    "| part | purpose | may import |",
    "|---|---|---|",
    "| `core` | the words | nothing |",
    "| `channels` | wires | core |",
    "| `simulator` | plays | channels (wire types, signature) |",
    "| `app` | knows | all above |",
    "| `console` (own workspace) | browser | types of the HTTP API only |",
    "## 3. Else",
  ].join("\n");

  test("reads each row, remarks in brackets aside", () => {
    expect([...readParts(table)]).toEqual([
      ["core", []],
      ["channels", ["core"]],
      ["simulator", ["channels"]],
      ["app", ["core", "channels", "simulator"]],
    ]);
  });

  test("refuses a row that names what is no part", () => {
    expect(() => readParts(table.replace("| core |", "| cores |"))).toThrow("cores");
  });

  test.each([
    `import { a } from "../channels/a.ts";`,
    `import type { A } from "../channels/a.ts";`,
    `import "../channels/a.ts";`,
    `export { a } from "../channels/a.ts";`,
    `export * from "../channels/a.ts";`,
    `const a = await import("../channels/a.ts");`,
    `let a: import("../channels/a.ts").A;`,
    `new Worker(new URL("../channels/a-thread.ts", import.meta.url));`,
    `import { a } from "../../test/a.ts";`,
  ])("sees %s", (text) => {
    expect(forbiddenImports(parseSource("src/core/b.ts", text), parts)).toHaveLength(1);
  });

  test.each([
    `import { a } from "./a.ts";`,
    `import { a } from "zod";`,
    `const folder = new URL("../../knowledge/", import.meta.url);`,
    `import { a } from "node:fs";`,
    `// import { a } from "../channels/a.ts";`,
  ])("lets %s pass", (text) => {
    expect(forbiddenImports(parseSource("src/core/b.ts", text), parts)).toEqual([]);
  });

  test.each([`process.env.A`, `process["env"]`, `globalThis.process?.env`, `import { env } from "node:process"`])(
    "sees the environment in %s",
    (text) => {
      expect(environmentReads(parseSource("src/core/b.ts", text))).toHaveLength(1);
    },
  );

  test("knows the part of a file", () => {
    expect(["src/core/ports/store.ts", "src/index.ts", "test/a.ts"].map(partOf)).toEqual([
      "core",
      "index.ts",
      undefined,
    ]);
  });
});
