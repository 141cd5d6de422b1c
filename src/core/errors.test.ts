import { expect, test } from "vitest";
import { ContinuoError } from "./errors.ts";

test("an error starts with its code and keeps its cause for the log", () => {
  const cause = new Error("connection reset");
  const error = new ContinuoError("store_unavailable", "the store did not answer", { cause });
  expect(error.message).toBe("store_unavailable: the store did not answer");
  expect(error).toMatchObject({ code: "store_unavailable", name: "ContinuoError", cause });
});
