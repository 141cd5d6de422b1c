import fc from "fast-check";
import { expect, test } from "vitest";
import { interleave, type Origin } from "./interleave.ts";

const at = fc.integer({ min: 0, max: 20 }).map((time) => ({ at: time }));
const sides = fc.record({ into: fc.array(at), from: fc.array(at) });
const sorted = fc.array(at).map((entries) => entries.toSorted((a, b) => a.at - b.at));

function placed(order: readonly Origin[], sides_: Readonly<Record<Origin, readonly { readonly at: number }[]>>) {
  const next = { into: 0, from: 0 };
  return order.map((origin) => {
    const entry = sides_[origin][next[origin]];
    next[origin] += 1;
    return { origin, at: entry?.at ?? Number.NaN };
  });
}

test("two conversations become one by time, and at the same time what stays goes first", () => {
  const into = [{ at: 10 }, { at: 30 }, { at: 30 }];
  const from = [{ at: 5 }, { at: 30 }, { at: 40 }];
  expect(interleave(into, from)).toEqual(["from", "into", "into", "into", "from", "from"]);
});

test("every entry of both has its place once", () => {
  fc.assert(
    fc.property(sides, ({ into, from }) => {
      const order = interleave(into, from);
      expect(order.filter((origin) => origin === "into")).toHaveLength(into.length);
      expect(order.filter((origin) => origin === "from")).toHaveLength(from.length);
    }),
  );
});

test("what was in order stays in order", () => {
  fc.assert(
    fc.property(sorted, sorted, (into, from) => {
      const times = placed(interleave(into, from), { into, from }).map((entry) => entry.at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }),
  );
});

test("a turn, whose entries have one time, stays in one piece", () => {
  const turn = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 4 }));
  // Clocks go back now and then, so the turns are in no order of time.
  const side = fc
    .array(turn, { maxLength: 8 })
    .map((turns) => turns.flatMap(([time, size], index) => Array.from({ length: size }, () => ({ at: time, index }))));
  fc.assert(
    fc.property(side, side, (into, from) => {
      const next = { into: 0, from: 0 };
      const turns = interleave(into, from).map((origin) => {
        const entry = { into, from }[origin][next[origin]];
        next[origin] += 1;
        return `${origin} ${entry?.index ?? -1}`;
      });
      const pieces = turns.filter((name, index) => name !== turns[index - 1]);
      expect(pieces).toHaveLength(new Set(pieces).size);
    }),
  );
});
