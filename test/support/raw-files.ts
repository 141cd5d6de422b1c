import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where some words can be read in the files of a folder, whatever those files are: `continuo.db: secret`. */
export async function leftIn(folder: string, words: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of names.filter((each) => each.isFile())) {
    const bytes = await readFile(join(entry.parentPath, entry.name));
    const plain = bytes.toString("latin1").toLowerCase();
    for (const word of words) if (plain.includes(word.toLowerCase())) found.push(`${entry.name}: ${word}`);
  }
  return found;
}
