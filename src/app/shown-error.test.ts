import { expect, test } from "vitest";
import { ContinuoError } from "../core/errors.ts";
import { shownError } from "./shown-error.ts";

test("an error of ours is shown whole, with what caused it", () => {
  const cause = Object.assign(new Error("400 Invalid value: 'my secret is 42'"), {
    status: 400,
    code: "invalid_value",
  });
  const shown = shownError(new ContinuoError("model_unavailable", "no model answered: 400 invalid_value", { cause }));
  expect(shown).toMatchObject({
    type: "ContinuoError",
    code: "model_unavailable",
    message: expect.stringContaining("no model answered"),
    cause: { type: "Error", status: 400, code: "invalid_value" },
  });
  expect(shown.stack).toContain("shown-error.test.ts");
});

test("what a stranger wrote is not shown, whichever way it comes", () => {
  const parsing = thrownBy(() => JSON.parse("my secret is 42"));
  const lines = new Error("first line\nmy secret is 42\n   my secret is 42");
  const coded = Object.assign(new Error("my secret is 42"), { code: "my secret is 42", body: "my secret is 42" });
  for (const error of [
    parsing,
    lines,
    coded,
    "my secret is 42",
    { secret: 42 },
    new Error("x", { cause: "my secret" }),
  ]) {
    expect(JSON.stringify(shownError(error))).not.toContain("secret");
  }
});

test("a slip in a program says what it is", () => {
  expect(shownError(thrownBy(() => (undefined as unknown as { readonly x: number }).x)).message).toContain(
    "reading 'x'",
  );
});

test("a ring of causes ends", () => {
  const ring = new Error("ring");
  ring.cause = ring;
  expect(JSON.stringify(shownError(ring)).length).toBeLessThan(10_000);
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
