import type { ArgsDef } from "citty";

/** Tells that a command was used wrongly, with what to do, and ends it with code 2. */
export function usedWrongly(command: string, why: string): void {
  process.stderr.write(`${why}\ncontinuo ${command} --help tells how it is used.\n`);
  process.exitCode = 2;
}

/** What on a command line is none of a command's options, as a sentence: a misspelt one must not be overlooked. */
export function unknownOption(given: readonly string[], args: ArgsDef): string | undefined {
  for (const word of given) {
    if (word === "--") return undefined;
    const [, name] = /^--?(?:no-)?([^=]+)/u.exec(word) ?? [];
    if (name === undefined || Object.hasOwn(args, name) || Object.hasOwn(args, `no-${name}`)) continue;
    return `There is no option ${word.split("=", 1).join("")}.`;
  }
  return undefined;
}
