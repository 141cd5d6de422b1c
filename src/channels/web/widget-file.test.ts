import { readdirSync, readFileSync } from "node:fs";
import { Script } from "node:vm";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseSource } from "../../../test/support/source.ts";
import { pageOf } from "./page.ts";
import { widgetFile } from "./widget-file.ts";

test("the widget is one script of a few kilobytes that any page can load", async () => {
  const text = await widgetFile();
  expect(() => new Script(text)).not.toThrow();
  expect(text).not.toMatch(/^\s*(?:import|export)\b/mu);
  expect(text).not.toMatch(/innerHTML|insertAdjacentHTML|document\.cookie|eval\(/u);
  expect(gzipSync(text).length).toBeLessThan(13_000);
});

test("every module of the folder is in it, and no two have the same name for two things", async () => {
  const text = await widgetFile();
  const modules = readdirSync(new URL("./widget/", import.meta.url)).filter((name) => name.endsWith(".js"));
  const names = modules.flatMap((name) =>
    parseSource(name, readFileSync(new URL(`./widget/${name}`, import.meta.url), "utf8")).program.body.flatMap(
      (statement) => {
        const declared = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
        if (declared?.type === "FunctionDeclaration") return [declared.id?.name];
        if (declared?.type !== "VariableDeclaration") return [];
        return declared.declarations.map(({ id }) => (id.type === "Identifier" ? id.name : undefined));
      },
    ),
  );
  expect(names.length).toBeGreaterThan(20);
  expect(names).toEqual([...new Set(names)]);
  for (const name of names) expect(text).toMatch(new RegExp(`^(?:async )?(?:function\\*?|const) ${name}\\b`, "mu"));
});

test("the page for trying it out holds nothing that its address could have brought in", () => {
  const page = pageOf({
    business: `<b>"Acme"</b>`,
    tenant: `"><script>alert(1)</script>`,
    publicUrl: "https://a.example",
  });
  expect(page).not.toContain("<b>");
  expect(page).not.toContain("<script>");
  expect(page).not.toMatch(/<style|style=|\son\w+=/u);
});
