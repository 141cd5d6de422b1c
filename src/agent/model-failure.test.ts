import { expect, test } from "vitest";
import { mayBeTriedAgain, retryDelayMs, whatFailed } from "./model-failure.ts";

function failure(status: number, code?: string, headers: Record<string, string> = {}): Error {
  return Object.assign(new Error("secret details"), { status, code, headers: new Headers(headers) });
}

test.each([408, 409, 429, 500, 503])("%d may be tried again", (status) => {
  expect(mayBeTriedAgain(failure(status))).toBe(true);
});

test.each([400, 401, 403, 404, 422])("%d may not", (status) => {
  expect(mayBeTriedAgain(failure(status))).toBe(false);
});

test("an empty account stays empty", () => {
  expect(mayBeTriedAgain(failure(429, "insufficient_quota"))).toBe(false);
});

test("a broken connection may be tried again", () => {
  expect(mayBeTriedAgain(new TypeError("terminated"))).toBe(true);
});

test("the server's wish is respected, else the wait grows", () => {
  expect(retryDelayMs(failure(429, undefined, { "retry-after": "2" }), 1, 0)).toBe(2_000);
  expect(retryDelayMs(failure(429, undefined, { "retry-after-ms": "15" }), 1, 0)).toBe(15);
  expect(retryDelayMs(failure(429, undefined, { "retry-after": "tomorrow" }), 1, 0.5)).toBe(200);
  expect(retryDelayMs(failure(500), 2, 0.5)).toBe(600);
});

test("a failure is told without its words", () => {
  expect(whatFailed(failure(429, "rate_limit_exceeded"))).toBe("429 rate_limit_exceeded");
  expect(whatFailed(failure(500, "call +1 415 555 0100"))).toBe("500");
  expect(whatFailed(new TypeError("terminated"))).toBe("TypeError");
  expect(whatFailed("x")).toBe("unknown failure");
});
