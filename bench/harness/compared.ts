import type { Figure } from "./publish.ts";
import { ratios, spreadOf } from "./statistics.ts";

/** A figure of ours beside the bare one, with the ratio that is judged. Rounds of both are in the same order. */
export function compared(
  what: Pick<Figure, "name" | "unit">,
  sides: { readonly ours: readonly number[]; readonly bare: readonly number[] },
  limit?: { readonly atMost?: number; readonly atLeast?: number },
): Figure {
  return {
    ...what,
    ours: spreadOf(sides.ours),
    bare: spreadOf(sides.bare),
    ratio: spreadOf(ratios(sides.ours, sides.bare)),
    ...(limit === undefined ? {} : { limit: { of: "ratio", ...limit } }),
  };
}

/** A figure of ours alone, judged as it is. */
export function alone(
  what: Pick<Figure, "name" | "unit">,
  ours: readonly number[],
  limit?: { readonly atMost?: number; readonly atLeast?: number },
): Figure {
  return { ...what, ours: spreadOf(ours), ...(limit === undefined ? {} : { limit: { of: "ours", ...limit } }) };
}
