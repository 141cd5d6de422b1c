import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answered, begins, looked, recordOf, said } from "../../test/support/record.ts";
import { foldPlan, stretchesOf, type Standing } from "./fold-plan.ts";
import { newSessionId } from "./ids.ts";
import type { Entry, Item } from "./item.ts";

const first = newSessionId(0);
const second = newSessionId(1);
const exchange = [said("Where is it?"), answered("On its way.")];

function turns(count: number): readonly (readonly Item[])[] {
  return Array.from({ length: count }, () => exchange);
}

function standing(window: readonly Entry[], changes: Partial<Standing> = {}): Standing {
  return {
    windowTurns: 8,
    window,
    current: { id: first, over: false },
    before: first,
    summarised: undefined,
    ...changes,
  };
}

describe("a session that runs", () => {
  test("keeps its window, and is folded when a quarter of a window waits", () => {
    const nine = recordOf(turns(9));
    expect(foldPlan(nine, standing(nine))).toBeUndefined();
    const ten = recordOf(turns(10));
    expect(foldPlan(ten, standing(ten))).toEqual({
      kind: "fold",
      session: first,
      entries: ten.slice(0, 4),
      closes: false,
      pressing: false,
    });
  });

  test("is not folded for turns in which the customer said nothing", () => {
    const heard: Item = { kind: "operator", channel: "sms", text: "I am on it." };
    const entries = recordOf([...turns(1), [heard], [heard], [heard], ...turns(8)]);
    expect(foldPlan(entries, standing(entries))).toBeUndefined();
  });

  test("is folded at least turn by turn, however small the window", () => {
    const entries = recordOf(turns(3));
    expect(foldPlan(entries, standing(entries, { windowTurns: 2 }))).toMatchObject({ entries: entries.slice(0, 2) });
  });

  test("presses when more waits than a window shows", () => {
    const entries = recordOf(turns(20));
    expect(foldPlan(entries, standing(entries))).toMatchObject({ pressing: true, entries: entries.slice(0, 24) });
  });

  test("presses before a turn would be neither in the window nor in the summary", () => {
    // The next turn is shown itself, the seven before it, and eight that no summary covers yet.
    const shown = recordOf(turns(15));
    expect(foldPlan(shown, standing(shown))).toMatchObject({ pressing: false });
    const one = recordOf(turns(16));
    expect(foldPlan(one, standing(one))).toMatchObject({ pressing: true, entries: one.slice(0, 16) });
  });

  test("presses when more waits than can be folded at once", () => {
    const entries = recordOf(turns(40));
    const plan = foldPlan(entries.slice(0, 8), standing(entries.slice(-16)));
    expect(plan).toMatchObject({ pressing: true, entries: entries.slice(0, 8) });
  });

  test("is folded page by page when its end is far away", () => {
    const entries = recordOf(turns(100));
    const plan = foldPlan(entries.slice(0, 40), standing(entries.slice(-16)));
    expect(plan).toMatchObject({ entries: entries.slice(0, 40), closes: false });
  });
});

describe("a call whose result came in a later turn", () => {
  const [call, result] = looked("process_refund", { refunded: true });

  test("stays until its result has left the window as well", () => {
    const entries = recordOf([
      ...turns(2),
      [said("Refund me"), call],
      ...turns(7),
      [result, answered("Done.")],
      ...turns(2),
    ]);
    const plan = foldPlan(entries, standing(entries));
    expect(plan).toMatchObject({ kind: "fold", entries: entries.slice(0, 4) });
  });

  test("does not hold up the turns before it for ever", () => {
    const entries = recordOf([[said("Refund me"), call], ...turns(17), [result, answered("Done.")]]);
    expect(foldPlan(entries, standing(entries))).toMatchObject({ pressing: true, entries: entries.slice(0, 20) });
  });

  test("and that is still to come holds nothing up", () => {
    const entries = recordOf([[said("Refund me"), call], ...turns(10)]);
    expect(foldPlan(entries, standing(entries))).toMatchObject({ entries: entries.slice(0, 6) });
  });
});

describe("a session that is over", () => {
  test("is folded whole when it is closed", () => {
    const entries = recordOf(turns(3));
    const over = { id: first, over: true };
    expect(foldPlan(entries, standing(entries, { current: over }))).toEqual({
      kind: "fold",
      session: first,
      entries,
      closes: true,
      pressing: false,
    });
  });

  test("is folded whole when another one has begun, which is left alone", () => {
    const entries = recordOf([...turns(3), [begins(second), ...exchange], ...turns(1)]);
    const current = { id: second, over: false };
    expect(foldPlan(entries, standing(entries, { current }))).toMatchObject({
      session: first,
      entries: entries.slice(0, 6),
      closes: true,
    });
    expect(foldPlan(entries.slice(6), standing(entries, { current, before: undefined }))).toBeUndefined();
  });

  test("presses when it stands in the way of the turns after it", () => {
    const current = { id: second, over: false };
    const fits = recordOf([...turns(3), [begins(second), ...exchange], ...turns(11)]);
    expect(foldPlan(fits, standing(fits, { current }))).toMatchObject({ session: first, pressing: false });
    const crowded = recordOf([...turns(4), [begins(second), ...exchange], ...turns(11)]);
    expect(foldPlan(crowded, standing(crowded, { current }))).toMatchObject({ session: first, pressing: true });
    const over = { id: second, over: true };
    expect(foldPlan(crowded, standing(crowded, { current: over }))).toMatchObject({ pressing: false });
  });

  test("is an episode also when nothing of it is left to fold", () => {
    const over = { id: first, over: true };
    const summarised = { session: first };
    expect(foldPlan([], standing([], { current: over, summarised }))).toEqual({ kind: "close", session: first });
    expect(foldPlan([], standing([], { summarised }))).toBeUndefined();
    expect(foldPlan([], standing([], { current: { id: second, over: false }, summarised }))).toEqual({
      kind: "close",
      session: first,
    });
  });

  test("presses before a turn would be neither in the window nor in the summary", () => {
    // The next turn is shown itself, the seven before it, and eight that no summary covers yet.
    const shown = recordOf(turns(15));
    expect(foldPlan(shown, standing(shown))).toMatchObject({ pressing: false });
    const one = recordOf(turns(16));
    expect(foldPlan(one, standing(one))).toMatchObject({ pressing: true, entries: one.slice(0, 16) });
  });

  test("presses when more waits than can be folded at once", () => {
    const entries = recordOf(turns(40));
    const plan = foldPlan(entries.slice(0, 8), standing(entries.slice(-16)));
    expect(plan).toMatchObject({ pressing: true, entries: entries.slice(0, 8) });
  });

  test("is folded page by page when its end is far away", () => {
    const entries = recordOf(turns(100));
    const current = { id: first, over: true };
    expect(foldPlan(entries.slice(0, 40), standing(entries.slice(-16), { current }))).toMatchObject({
      closes: true,
      entries: entries.slice(0, 40),
    });
  });

  test("is folded also when the one that runs has nothing in the record yet", () => {
    const entries = recordOf(turns(3));
    expect(foldPlan(entries, standing(entries, { current: { id: second, over: false } }))).toMatchObject({
      session: first,
      closes: true,
      entries,
    });
  });

  test("is an episode before anything of the next one is folded", () => {
    const entries = recordOf([[begins(second), ...exchange]]);
    const current = { id: second, over: false };
    expect(foldPlan(entries, standing(entries, { current, summarised: { session: first } }))).toEqual({
      kind: "close",
      session: first,
    });
  });

  test("that goes on among entries of another one is folded, and not closed", () => {
    const entries = recordOf([...turns(2), [begins(second), ...exchange], [begins(first), ...exchange]]);
    expect(foldPlan(entries, standing(entries))).toMatchObject({ session: first, closes: false });
  });
});

test("entries are cut where another session begins", () => {
  const entries = recordOf([exchange, [begins(second), ...exchange]]);
  expect(stretchesOf(entries, undefined)).toEqual([
    { session: undefined, entries: entries.slice(0, 2) },
    { session: second, entries: entries.slice(2) },
  ]);
  expect(stretchesOf(entries.slice(2), first)).toEqual([{ session: second, entries: entries.slice(2) }]);
});

test("of two conversations that became one, entries are cut by the sessions of the one that stays", () => {
  const other = newSessionId(2);
  const own = [
    { id: first, number: 1, startedAt: 0 },
    { id: second, number: 2, startedAt: 50 },
  ];
  const record = recordOf([exchange, exchange, [begins(other), ...exchange], [begins(second), ...exchange]]);
  const entries = record.map((entry, index) => ({ ...entry, at: index < 2 ? 10 : 60 }));
  expect(stretchesOf(entries, first, own)).toEqual([
    { session: first, entries: entries.slice(0, 2) },
    { session: second, entries: entries.slice(2, 7) },
    { session: second, entries: entries.slice(7) },
  ]);
});

test("whatever waits, whole turns are folded, from the first one on, and the window stays", () => {
  const [call, result] = looked("t", {});
  const kinds: readonly (readonly Item[])[] = [
    exchange,
    [said("Hm"), call],
    [result, answered("So.")],
    [answered("Hi.")],
  ];
  const turn = fc.constantFrom(...kinds);
  const windows = fc.integer({ min: 1, max: 8 });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 40 }), windows, (made, windowTurns) => {
      const entries = recordOf(made);
      const plan = foldPlan(entries, standing(entries, { windowTurns }));
      if (plan?.kind !== "fold") return;
      expect(plan.entries).toEqual(entries.slice(0, plan.entries.length));
      const rest = entries.slice(plan.entries.length);
      expect(rest[0]?.turnId).not.toBe(plan.entries.at(-1)?.turnId);
      const left = new Set(rest.filter(({ item }) => item.kind === "customer").map(({ turnId }) => turnId));
      expect(left.size).toBeGreaterThanOrEqual(windowTurns);
    }),
  );
});
