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
  function isFirst(id: number): boolean {
    return passages[id]?.source !== passages[id - 1]?.source;
  }

  const index = new MiniSearch<Passage & { readonly id: number }>({
    fields: ["title", "text"],
    tokenize: termsOf,
    processTerm: (term) => term,
    searchOptions: {
      boost: { title: 2 },
      // An article begins with what most people want to know.
      boostDocument: (id) => (isFirst(Number(id)) ? 1.6 : 1),
      prefix: (term) => term.length > 3,
      fuzzy: (term) => (term.length > 5 ? 0.2 : false),
    },
  });
  index.addAll(passages.map((passage, id) => ({ id, ...passage })));
  return {
    search(question, limit) {
      const found: Passage[] = [];
      // A question is a sentence; more than this many characters is somebody's letter and only costs time.
      const words = [...new Set(termsOf(question.slice(0, 300)))];
      for (const hit of index.search(words.join(" "))) {
        const passage = passages[Number(hit.id)];
        // One word of many that happens to occur is no answer.
        const fits = hit.queryTerms.length * 3 >= words.length;
        if (passage !== undefined && fits && found.length < limit) found.push(passage);
      }
      return found;
    },
  };
}

/** The words of a text that carry meaning, by their stems. */
function termsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => word.length > 1 && !fillers.has(word)).map((word) => stemOf(word));
}

const fillers = new Set(
  "a an and are as at be but by can could do does for from get got has have how i if in is it its ll me my of on or our please re so that the their them there they this to up ve was we what when where which who why will with would you your".split(
    " ",
  ),
);

function stemOf(word: string): string {
  return word.length > 4 ? word.replace(/(?:ies|es|s|ing|ed)$/u, "") : word;
}
