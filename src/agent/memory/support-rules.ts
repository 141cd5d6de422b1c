import type { MemoryValue } from "../../core/memory.ts";
import { intentsOf } from "../intent.ts";
import { isFault } from "../offline/matters.ts";
import { nameIn } from "../offline/names.ts";
import { orderIn, soleOrderIn } from "../offline/order-numbers.ts";
import { plainWords } from "../offline/plain.ts";
import { deviceIn } from "../offline/trouble.ts";
import type { Told } from "./told.ts";

/** Finds the value of one name in what was told; undefined when it is not there. */
export type ValueRule = (told: Told) => MemoryValue | undefined;

/** What a shop notes. */
export const supportRules: Readonly<Record<string, ValueRule>> = {
  order_number({ text, after }) {
    const words = plainWords(text);
    // A number alone is an order's when it was asked for, or when there is little else.
    return orderIn(words, asksForOrder.test(after)) ?? soleOrderIn(words);
  },
  customer_name: ({ text }) => nameIn(text),
  issue_type({ text }) {
    const words = plainWords(text);
    if (deviceIn(words) !== undefined && isFault(words)) return "technical";
    const [best] = intentsOf(words);
    return best !== undefined && best.confidence >= LEAST && best.intent !== "person" ? best.intent : undefined;
  },
};

const asksForOrder = /\border (?:number|id)\b|\bwhich order\b|\bnumber of (?:the|your) order\b/iu;

// One strong word or three weak ones.
const LEAST = 0.75;
