import { Visitor } from "oxc-parser";
import { isTest, sourcesIn } from "./source.ts";

/** The paths that the server's routes are written for, such as `/admin/session/:phone`, found in their sources. */
export function pathsOfRoutes(): readonly string[] {
  const paths = new Set<string>();
  for (const source of sourcesIn("src/http/routes").filter(({ path }) => !isTest(path))) {
    new Visitor({
      Literal: ({ value }) => {
        if (typeof value === "string" && /^\/[a-z]/u.test(value)) paths.add(value);
      },
      TemplateElement: ({ value }) => {
        if (/^\/[a-z]/u.test(value.raw)) paths.add(value.raw);
      },
    }).visit(source.program);
  }
  return [...paths].toSorted();
}
