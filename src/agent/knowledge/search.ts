import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import MiniSearch, { type SearchResult } from "minisearch";
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
      // A question is a sentence; more than this many characters is somebody's letter and only costs time.
      const words = [...new Set(termsOf(question.slice(0, 300)))];
      const telling = words.filter((word) => !vague.has(word));
      // With nothing but words such as "how long", any article would do, and so none is meant.
      if (telling.length === 0) return [];
      const found: Passage[] = [];
      for (const hit of index.search(words.join(" "))) {
        const passage = passages[Number(hit.id)];
        if (passage !== undefined && found.length < limit && fits(hit, telling)) found.push(passage);
      }
      return found;
    },
  };
}

/**
 * Whether a passage is about what was asked: a word that its title has stands for three words of the question, a word
 * that only its text has for one and a half. One word of many that happens to occur is no answer.
 */
function fits(hit: Pick<SearchResult, "queryTerms" | "match">, telling: readonly string[]): boolean {
  const matched = hit.queryTerms.filter((term) => telling.includes(term)).length;
  const titled = Object.entries(hit.match).filter(([term, fields]) => !vague.has(term) && fields.includes("title"));
  const inTitle = Math.min(matched, titled.length);
  return (inTitle * 2 + (matched - inTitle)) * 3 >= telling.length * 2;
}

/** The words of a text that carry meaning, by their stems. */
function termsOf(text: string): string[] {
  const words =
    text
      .toLowerCase()
      .replaceAll("e-mail", "email")
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => word.length > 1 && !fillers.has(word)).map((word) => stemOf(word));
}

const fillers = new Set(
  "a about after all also am an and any anything are as at be been before but by can cannot could couldn did didn do does doesn doing don done for from get give got had has hasn have haven he help her him his how i if in into is isn it its just know let like ll ma made make may maybe me mean might more must my need no not now of other others another ok on one only or our ought out please possible re really s say see shall she should since so some somebody someone something still such t tell than that the their them then there these they thing think this those to too up us ve very want was wasn we were what when where which while who whom why will with won would yes yet you your".split(
    " ",
  ),
);

/** Words, by their stems, that help to choose between passages and say by themselves nothing of what a question is about. */
const vague = new Set([
  "cost",
  "day",
  "find",
  "forgot",
  "forgotten",
  "free",
  "long",
  "much",
  "many",
  "price",
  "take",
  "time",
  "week",
  "work",
  "happen",
]);

function stemOf(word: string): string {
  return word.length > 4 ? word.replace(/(?:ies|es|s|ing|ed)$/u, "") : word;
}
