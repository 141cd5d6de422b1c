import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFrame, decodeOutbound, encodeFrame, encodeText, type OutboundFrame } from "./wire.ts";

const recordings = new URL("../../../test/fixtures/relay-recordings/", import.meta.url);

interface Recorded {
  readonly dir: string;
  readonly frame?: { readonly type: string } | null;
}

function framesOf(direction: "in" | "out"): readonly { readonly type: string }[] {
  return readdirSync(recordings)
    .filter((name) => name.endsWith(".jsonl"))
    .flatMap((name) => readFileSync(new URL(name, recordings), "utf8").trim().split("\n"))
    .map((line) => JSON.parse(line) as Recorded)
    .flatMap((entry) => (entry.dir === direction && entry.frame ? [entry.frame] : []));
}

const callSid = `CA${"0".repeat(32)}`;
const setup = { type: "setup", sessionId: "VX1", callSid, from: "+1", to: "+2", direction: "inbound" };

describe("decoding", () => {
  test("gives every recorded frame with everything that is used of it", () => {
    const frames = framesOf("in");
    expect(frames.length).toBeGreaterThan(60);
    for (const frame of frames) {
      const decoded = decodeFrame(JSON.stringify(frame));
      expect(decoded.type).toBe(frame.type);
      expect(frame).toMatchObject(decoded);
    }
  });

  test("takes a setup whatever else is in it", () => {
    expect(
      decodeFrame(JSON.stringify({ ...setup, parentCallSid: "", somethingNew: {}, customParameters: { a: "1" } })),
    ).toMatchObject({ callSid, customParameters: { a: "1" } });
    expect(
      decodeFrame(JSON.stringify({ type: "setup", sessionId: "VX1", callSid, customParameters: { a: 1 } })),
    ).toMatchObject({ from: "", customParameters: {} });
  });

  test.each([
    [684, 684],
    ["684", 684],
    [68.4, 68.4],
    ["68.4", 68.4],
    [undefined, undefined],
    [null, undefined],
    ["soon", undefined],
    [-1, undefined],
  ])("takes the duration of an interrupt as %o", (durationUntilInterruptMs, expected) => {
    const frame = decodeFrame(
      JSON.stringify({ type: "interrupt", utteranceUntilInterrupt: "Hel", durationUntilInterruptMs }),
    );
    expect(frame).toEqual({
      type: "interrupt",
      utteranceUntilInterrupt: "Hel",
      ...(expected === undefined ? {} : { durationUntilInterruptMs: expected }),
    });
  });

  test("takes an interrupt that quotes nothing as one of which nothing was heard", () => {
    expect(decodeFrame('{"type":"interrupt"}')).toEqual({ type: "interrupt", utteranceUntilInterrupt: "" });
  });

  test("takes a prompt as final unless it says otherwise", () => {
    expect(decodeFrame('{"type":"prompt","voicePrompt":"Hi","lang":"en-US","last":false}')).toEqual({
      type: "prompt",
      voicePrompt: "Hi",
      lang: "en-US",
      last: false,
    });
    expect(decodeFrame('{"type":"prompt","voicePrompt":"Hi","lang":7}')).toEqual({
      type: "prompt",
      voicePrompt: "Hi",
      last: true,
    });
  });

  test.each(['{"type":"configUpdated"}', '{"type":"speaker","x":[1]}', '{"type":"__proto__"}', '{"type":""}'])(
    "passes over the new type %s",
    (raw) => {
      expect(decodeFrame(raw)).toEqual({ type: "unknown" });
    },
  );

  test.each([
    ["", "not a JSON object"],
    ["hello", "not a JSON object"],
    ["[]", "not a JSON object"],
    ["null", "not a JSON object"],
    ['{"type":"prompt"', "not a JSON object"],
    ["{}", "type is missing"],
    ['{"type":7}', "type is missing"],
    ['{"type":"prompt"}', "prompt: voicePrompt is malformed"],
    ['{"type":"prompt","voicePrompt":7}', "prompt: voicePrompt is malformed"],
    ['{"type":"prompt","voicePrompt":"Hi","last":"yes"}', "prompt: last is malformed"],
    ['{"type":"dtmf","digit":"12"}', "dtmf: digit is malformed"],
    ['{"type":"dtmf","digit":1}', "dtmf: digit is malformed"],
    ['{"type":"setup","sessionId":"VX1","callSid":"CA1"}', "setup: callSid is malformed"],
    [`{"type":"setup","callSid":"${callSid}","sessionId":7}`, "setup: sessionId is malformed"],
  ])("says what is wrong with %s", (raw, problem) => {
    expect(decodeFrame(raw)).toEqual({ type: "malformed", problem });
  });

  test("never throws, and never lets a text into the problem", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (raw) => typeof decodeFrame(raw).type === "string"));
    const types = fc.constantFrom("setup", "prompt", "dtmf", "interrupt", "info", "error");
    fc.assert(
      fc.property(types, fc.dictionary(fc.string(), fc.jsonValue()), (type, fields) => {
        const decoded = decodeFrame(JSON.stringify({ ...fields, type }));
        expect(["malformed", type]).toContain(decoded.type);
      }),
    );
    expect(decodeFrame(`{"type":"info","name":"x","value":${"[".repeat(30_000)}${"]".repeat(30_000)}}`)).toEqual({
      type: "info",
      name: "x",
      value: "",
    });
  });
});

describe("encoding", () => {
  test("of words is what Twilio takes, whatever the words", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (token, last) => {
        expect(decodeOutbound(encodeText(token, last))).toEqual({ type: "text", token, last });
      }),
    );
  });

  test.each<OutboundFrame>([
    { type: "text", token: "", last: true, lang: "es-ES", interruptible: false },
    { type: "play", source: "https://x/a.mp3", loop: 1 },
    { type: "sendDigits", digits: "12w#*" },
    { type: "language", ttsLanguage: "es-ES" },
    { type: "end", handoffData: '{"reason":"done"}' },
    { type: "end" },
  ])("of %o can be read back", (frame) => {
    expect(decodeOutbound(encodeFrame(frame))).toEqual(frame);
  });

  test("of every recorded frame of ours is as strict as the wire", () => {
    for (const frame of framesOf("out")) expect(decodeOutbound(JSON.stringify(frame))).toEqual(frame);
  });

  test.each([
    "nonsense",
    '{"type":"error"}',
    '{"type":"text","token":null}',
    '{"type":"text"}',
    '{"type":"language"}',
    '{"type":"end","handoffData":{}}',
    '{"type":"sendDigits","digits":""}',
  ])("Twilio would refuse %s", (raw) => {
    expect(decodeOutbound(raw)).toBeUndefined();
  });
});
