import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Form } from "../twilio/form.ts";
import { isOver, readCall, readCallStatus, readRelayEnd } from "./forms.ts";

const callSid = `CA${"0".repeat(31)}1`;
const form: Form = {
  CallSid: callSid,
  From: "+14155550100",
  To: "+14155550199",
  CallStatus: "ringing",
  Direction: "inbound",
  FromCity: "",
};

/** The webhooks of a recorded call. */
function recorded(name: string, path: string): readonly Form[] {
  const text = readFileSync(new URL(`../../../test/fixtures/relay-recordings/${name}.jsonl`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { dir: string; path?: string; form: Form })
    .filter((entry) => entry.dir === "http" && entry.path === path)
    .map((entry) => entry.form);
}

describe("a call that rings", () => {
  test("is read as it was recorded", () => {
    const [first] = recorded("key-during-greeting", "/voice");
    expect(readCall(first ?? {}, { accountSid: `AC${"0".repeat(32)}` })).toEqual({
      kind: "read",
      value: { callSid, from: "+15550100001", to: "+15550100001", direction: "inbound", progress: "ringing" },
    });
  });

  test("may hide its number, or have been made by us", () => {
    expect(readCall({ ...form, From: "" })).toMatchObject({ value: { from: "" } });
    expect(readCall({ ...form, Direction: "outbound-api" })).toMatchObject({ value: { direction: "outbound" } });
    expect(readCall({ ...form, CallStatus: "on-hold" })).toMatchObject({ value: { progress: "other" } });
  });

  test.each<[Form, string]>([
    [{ CallSid: undefined }, "CallSid is missing"],
    [{ CallSid: `${callSid}x` }, "CallSid is malformed"],
    [{ CallSid: [callSid, callSid] }, "CallSid came more than once"],
    [{ From: undefined }, "From is missing"],
    [{ To: "" }, "To is malformed"],
    [{ CallStatus: "RINGING!" }, "CallStatus is malformed"],
    [{ AccountSid: "AC1" }, "AccountSid is malformed"],
  ])("with %o is refused", (changes, problem) => {
    expect(readCall({ ...form, ...changes })).toEqual({ kind: "malformed", problem });
  });

  test("of another account is refused", () => {
    expect(readCall({ ...form, AccountSid: `AC${"1".repeat(32)}` }, { accountSid: `AC${"0".repeat(32)}` }).kind).toBe(
      "malformed",
    );
  });
});

describe("the end of a relay session", () => {
  test("by the caller, by us and by a lost socket are told apart, as recorded", () => {
    const [hungUp] = recorded("barge-in", "/action");
    const [ended] = recorded("end-then-second-session", "/action");
    const [lost] = recorded("socket-drop", "/action");
    const session = { sessionId: "VX00000000000000000000000000000001" };
    expect(readRelayEnd(hungUp ?? {})).toMatchObject({
      value: { ...session, sessionStatus: "completed", progress: "completed" },
    });
    expect(readRelayEnd(ended ?? {})).toMatchObject({
      value: {
        ...session,
        sessionStatus: "ended",
        progress: "in-progress",
        handoffData: '{"reason":"spike","command":"control"}',
      },
    });
    expect(readRelayEnd(lost ?? {})).toMatchObject({
      value: { ...session, sessionStatus: "failed", progress: "in-progress", errorCode: "64105" },
    });
  });

  test("says nothing of what did not come", () => {
    expect(readRelayEnd({ ...form, ErrorCode: "", SessionId: "" })).toEqual({
      kind: "read",
      value: {
        callSid,
        from: "+14155550100",
        to: "+14155550199",
        direction: "inbound",
        progress: "ringing",
        sessionStatus: "other",
      },
    });
    expect(readRelayEnd({ ...form, ErrorCode: "x" }).kind).toBe("malformed");
  });
});

describe("a call's status", () => {
  test("has its place in the order, as recorded", () => {
    expect(recorded("status-out-of-order", "/status").map((callback) => readCallStatus(callback))).toMatchObject([
      { value: { progress: "ringing", sequence: 1 } },
      { value: { progress: "initiated", sequence: 0 } },
      { value: { progress: "in-progress", sequence: 2 } },
    ]);
  });

  test("needs no place, and no order that is no number", () => {
    expect(readCallStatus({ CallSid: callSid, CallStatus: "completed" })).toEqual({
      kind: "read",
      value: { callSid, progress: "completed" },
    });
    expect(readCallStatus({ CallSid: callSid, CallStatus: "completed", SequenceNumber: "first" }).kind).toBe(
      "malformed",
    );
  });

  test("tells whether anybody is still there", () => {
    expect(isOver("in-progress")).toBe(false);
    expect(isOver("other")).toBe(false);
    expect(isOver("no-answer")).toBe(true);
  });
});
