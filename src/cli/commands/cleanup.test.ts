import { describe, expect, test } from "vitest";
import { unknownOption } from "../options.ts";
import { readWish, showCleaned } from "./cleanup.ts";

const HOUR_MS = 3_600_000;

describe("how old sessions have to be", () => {
  test.each([
    [undefined, undefined, 7 * 24],
    ["3", undefined, 72],
    ["0", undefined, 0],
    [undefined, "12", 12],
    ["0.5", undefined, 12],
  ])("--days %s and --hours %s are %i hours", (days, hours, expected) => {
    expect(readWish({ days, hours, words: [] })).toEqual({ olderThanMs: expected * HOUR_MS });
  });

  test.each(["x", "", "-1", "1e3", "Infinity", "NaN", "0x10", "3 days", "99999999"])(
    "--days %j is refused with what to do",
    (days) => {
      expect(readWish({ days, hours: undefined, words: [] })).toMatch(/^--days is .*such as --days 3\.$/u);
    },
  );

  test("both at once, or words without an option, are refused", () => {
    expect(readWish({ days: "1", hours: "1", words: [] })).toBe("Give --days or --hours, not both.");
    expect(readWish({ days: undefined, hours: undefined, words: ["3"] })).toContain("--days 3");
  });
});

describe("an option", () => {
  const args = { days: { type: "string" }, "dry-run": { type: "boolean" } } as const;

  test.each(["--days", "--days=3", "--dry-run", "--no-dry-run", "3"])("that is known passes: %s", (word) => {
    expect(unknownOption([word], args)).toBeUndefined();
  });

  test.each([
    ["--day", "--day"],
    ["--dryrun", "--dryrun"],
    ["--day=3", "--day"],
    ["-1", "-1"],
    ["--constructor", "--constructor"],
  ])("that is misspelt is named: %s", (word, named) => {
    expect(unknownOption([word], args)).toBe(`There is no option ${named}.`);
  });
});

describe("what was cleaned", () => {
  const total = { tenant: "acme", customers: 2, sessions: 3, staying: 0, entries: 40, rows: 51 };
  const before = Date.parse("2026-11-21T12:00:00Z");

  test("is a table with a line for each tenant", () => {
    const other = { tenant: "a-longer-name", customers: 0, sessions: 0, staying: 0, entries: 0, rows: 0 };
    expect(showCleaned([total, other], { before, dryRun: false, stopped: false })).toBe(
      [
        "Sessions that were closed before 2026-11-21 12:00 (UTC):",
        "",
        "  tenant         customers   sessions    entries       rows",
        "  acme                   2          3         40         51",
        "  a-longer-name          0          0          0          0",
        "",
      ].join("\n"),
    );
  });

  test("says what stays, that it was stopped, and that nothing was changed", () => {
    const shown = showCleaned([{ ...total, staying: 2 }], { before, dryRun: true, stopped: true });
    expect(shown).toContain("closed before 2026-11-21 12:00 (UTC), and would go:");
    expect(shown).not.toContain("rows");
    expect(shown).toContain("2 sessions stay for now");
    expect(shown).toContain("Stopped before the end");
    expect(shown).toMatch(/Nothing was changed \(--dry-run\)\.\n$/u);
  });
});
