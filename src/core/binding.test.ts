import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseRows, FAILURES_BEFORE_ALONE, MOST_ROWS, type RowHead } from "./binding.ts";
import { branded, type InboxId } from "./ids.ts";

type Given = Omit<RowHead, "id">;

function rows(...given: readonly (Partial<Given> & Pick<Given, "kind">)[]): readonly RowHead[] {
  return given.map((row, index) => ({ id: idOf(index), treatment: "answer", failures: 0, ...row }));
}

function idOf(index: number): InboxId {
  return branded<InboxId>(`in_${index}`);
}

function chosenOf(pending: readonly RowHead[]): readonly number[] {
  const ids = chooseRows(pending);
  return ids.map((id) => pending.findIndex((row) => row.id === id));
}

const anyRow: fc.Arbitrary<Given> = fc.record({
  kind: fc.constantFrom("text", "speech", "keys", "heard", "delivery", "tool_result"),
  treatment: fc.constantFrom("answer", "record", "join"),
  failures: fc.nat(4),
});
const anyRows = fc.array(anyRow, { maxLength: 12 }).map((given) => rows(...given));

describe("the rows of the next turn", () => {
  test("are the texts of a burst, in the order they came", () => {
    expect(chosenOf(rows({ kind: "text" }, { kind: "text" }, { kind: "text" }))).toEqual([0, 1, 2]);
  });

  test("are what was said on the phone before what was texted earlier", () => {
    expect(chosenOf(rows({ kind: "text" }, { kind: "speech" }, { kind: "speech" }))).toEqual([1]);
    expect(chosenOf(rows({ kind: "text" }, { kind: "keys" }))).toEqual([1]);
  });

  test("are a late result by itself", () => {
    expect(chosenOf(rows({ kind: "tool_result" }, { kind: "text" }))).toEqual([0]);
  });

  test("take along what is only recorded, or are that alone", () => {
    expect(chosenOf(rows({ kind: "heard", treatment: "record" }, { kind: "text" }))).toEqual([0, 1]);
    expect(chosenOf(rows({ kind: "heard", treatment: "record" }, { kind: "speech" }))).toEqual([0, 1]);
    expect(chosenOf(rows({ kind: "heard", treatment: "record" }, { kind: "delivery", treatment: "record" }))).toEqual([
      0, 1,
    ]);
  });

  test("take texts over the limit along with the next text that is allowed, and never for themselves", () => {
    const over = { kind: "text", treatment: "join" } as const;
    expect(chosenOf(rows(over, over))).toEqual([]);
    expect(chosenOf(rows(over, { kind: "text" }, over))).toEqual([0, 1, 2]);
    expect(chosenOf(rows(over, { kind: "speech" }))).toEqual([1]);
    expect(chosenOf(rows(over, { kind: "heard", treatment: "record" }))).toEqual([1]);
  });

  test("are one row alone when that row failed twice, whatever else waits", () => {
    const failing = { kind: "text", failures: FAILURES_BEFORE_ALONE } as const;
    expect(chosenOf(rows(failing, { kind: "text" }, { kind: "heard", treatment: "record" }))).toEqual([0]);
    expect(chosenOf(rows({ kind: "text" }, failing, { kind: "text" }))).toEqual([0, 2]);
  });

  test("leave a correction that failed twice to the end, so that it spoils no answer", () => {
    const failing = { kind: "heard", treatment: "record", failures: FAILURES_BEFORE_ALONE } as const;
    expect(chosenOf(rows(failing, { kind: "text" }))).toEqual([1]);
    expect(chosenOf(rows(failing, { kind: "delivery", treatment: "record" }))).toEqual([1]);
    expect(chosenOf(rows(failing, failing))).toEqual([0]);
  });

  test("are some of those that wait, each once, in the order they came", () => {
    fc.assert(
      fc.property(anyRows, (pending) => {
        const chosen = chosenOf(pending);
        expect(chosen).toEqual([...new Set(chosen)].toSorted((a, b) => a - b));
        expect(chosen.every((index) => index >= 0)).toBe(true);
      }),
    );
  });

  test("hold one thing to answer, unless they are texts", () => {
    fc.assert(
      fc.property(anyRows, (pending) => {
        const answered = chosenOf(pending)
          .flatMap((index) => pending.slice(index, index + 1))
          .filter((row) => row.treatment === "answer");
        expect(answered.length <= 1 || answered.every((row) => row.kind === "text")).toBe(true);
        const spoken = pending.some(
          (row) => row.treatment === "answer" && (row.kind === "speech" || row.kind === "keys"),
        );
        expect(!spoken || answered.every((row) => row.kind === "speech" || row.kind === "keys")).toBe(true);
      }),
    );
  });

  test("never mix a row that failed twice with another", () => {
    fc.assert(
      fc.property(anyRows, (pending) => {
        const chosen = chosenOf(pending);
        const failing = chosen.filter((index) => (pending[index]?.failures ?? 0) >= FAILURES_BEFORE_ALONE);
        expect(failing.length === 0 || chosen.length === 1).toBe(true);
      }),
    );
  });

  test("leave nothing behind in the end but texts over the limit that never failed", () => {
    fc.assert(
      fc.property(anyRows, (pending) => {
        let left = pending;
        for (let turns = 0; turns <= pending.length; turns += 1) {
          const chosen = new Set(chooseRows(left));
          left = left.filter((row) => !chosen.has(row.id));
        }
        expect(left.every((row) => row.treatment === "join" && row.failures < FAILURES_BEFORE_ALONE)).toBe(true);
      }),
    );
  });
});

test("a flood of texts is answered in portions", () => {
  const flood = Array.from({ length: 1_000 }, (_, index) => ({
    id: idOf(index),
    kind: "text" as const,
    treatment: index === 999 ? ("answer" as const) : ("join" as const),
    failures: 0,
  }));
  const chosen = chooseRows(flood);
  expect(chosen).toHaveLength(MOST_ROWS);
  expect(chosen).toContain(flood[999]?.id);
  expect(chosen[0]).toBe(flood[0]?.id);
});
