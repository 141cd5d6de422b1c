import type { Entry } from "../../core/item.ts";

/** Something the customer said, with what it may be an answer to. */
export interface Told {
  /** Place of the entry. */
  readonly seq: number;
  readonly text: string;
  /** What was said to the customer last before it; empty when nothing was. */
  readonly after: string;
}

// Rules look at every word many times; somebody's novel is not worth that.
const MOST_READ = 4_000;

/** What the customer said, in order. */
export function toldIn(entries: readonly Entry[]): readonly Told[] {
  const told: Told[] = [];
  let after = "";
  for (const { seq, item } of entries) {
    if (item.kind === "agent" || item.kind === "operator") after = item.text;
    if (item.kind === "customer" && item.text.trim() !== "") {
      told.push({ seq, text: item.text.replaceAll(/[‘’ʼ`´]/gu, "'").slice(0, MOST_READ), after });
    }
  }
  return told;
}

/** Whether the words before a place take back what follows: `not a villa`, `instead of Maadi`. */
export function isTakenBack(text: string, at: number): boolean {
  return /\b(?:not|no|never|without|instead of|rather than|anything but|except|don't (?:want|need|like)|do not (?:want|need|like)|isn't|wasn't)\s+(?:(?:in|near|around|an?|the|any|for|to|live|be|have|of)\s+){0,3}$/iu.test(
    text.slice(Math.max(0, at - 40), at),
  );
}
