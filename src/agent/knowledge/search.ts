import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import MiniSearch from "minisearch";
import { ContinuoError } from "../../core/errors.ts";
import { passagesOf } from "./articles.ts";
import type { Knowledge, Passage } from "./knowledge.ts";

/** Reads every Markdown file of a folder into a searchable knowledge base. Throws `config_invalid` when the folder cannot be read. */
export async function openKnowledge(folder: string): Promise<Knowledge> {
  const passages: Passage[] = [];
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".md")).toSorted();
    for (const name of names) passages.push(...passagesOf(await readFile(join(folder, name), "utf8"), name));
  } catch (cause) {
    throw new ContinuoError("config_invalid", `the knowledge folder ${folder} cannot be read`, { cause });
  }
  return knowledgeOf(passages);
}

/** Makes passages searchable: words are found by their beginning and with small misspellings; titles weigh more. */
export function knowledgeOf(passages: readonly Passage[]): Knowledge {
  const index = new MiniSearch<Passage & { readonly id: number }>({
    fields: ["title", "text"],
    processTerm: (term) => {
      const word = term.toLowerCase();
      return fillers.has(word) || word.length < 2 ? null : stemOf(word);
    },
    searchOptions: {
      boost: { title: 2 },
      prefix: (term) => term.length > 3,
      fuzzy: (term) => (term.length > 5 ? 0.2 : false),
    },
  });
  index.addAll(passages.map((passage, id) => ({ id, ...passage })));
  return {
    search(question, limit) {
      const found: Passage[] = [];
      // A question is a sentence; more than this many characters is somebody's letter and only costs time.
      for (const hit of index.search(question.slice(0, 300)).slice(0, Math.max(0, limit))) {
        const passage = passages[Number(hit.id)];
        if (passage !== undefined) found.push(passage);
      }
      return found;
    },
  };
}

const fillers = new Set(
  "a an and are as at be but by can could do does for from get got has have how i if in is it its me my of on or our please so that the their them there they this to up was we what when where which who why will with would you your".split(
    " ",
  ),
);

function stemOf(word: string): string {
  return word.length > 4 ? word.replace(/(?:ies|es|s|ing|ed)$/u, "") : word;
}
