import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  lineIsQuiet,
  newCall,
  step,
  unheardReplies,
  type Call,
  type CallEffect,
  type CallInput,
  type LineFrame,
} from "./call.ts";
import { branded, callSid, type TurnId } from "./ids.ts";

const sid = callSid(`CA${"0".repeat(31)}1`);
const setup: LineFrame = { type: "setup", callSid: sid, sessionId: "VX1" };
const greeting = "This is the spike. Say something, or press a key.";
const first = branded<TurnId>("turn_1");
const second = branded<TurnId>("turn_2");

function frame(given: LineFrame): CallInput {
  return { kind: "frame", frame: given };
}

function prompt(text: string, last = true): CallInput {
  return frame({ type: "prompt", text, last });
}

function key(digit: string): CallInput {
  return frame({ type: "dtmf", digit });
}

function played(text: string): CallInput {
  return frame({ type: "played", text });
}

function interrupt(heard: string): CallInput {
  return frame({ type: "interrupt", heard });
}

function agentSpeaks(on: boolean): CallInput {
  return frame({ type: "speaking", who: "agent", on });
}

function callerSpeaks(on: boolean): CallInput {
  return frame({ type: "speaking", who: "caller", on });
}

function replyStarted(turnId: TurnId, cause: "speech" | "keys" | "other" = "speech"): CallInput {
  return { kind: "reply_started", turnId, cause };
}

/** A reply from its first to its last word, as far as the socket is concerned. */
function reply(turnId: TurnId, cause: "speech" | "keys" | "other", ...texts: readonly string[]): readonly CallInput[] {
  return [
    replyStarted(turnId, cause),
    ...texts.map((text): CallInput => ({ kind: "reply_text", turnId, text })),
    { kind: "reply_ended", turnId },
  ];
}

function replyText(turnId: TurnId, words: string): CallInput {
  return { kind: "reply_text", turnId, text: words };
}

function badFrames(count: number): readonly CallInput[] {
  return Array.from({ length: count }, () => ({ kind: "bad_frame" }));
}

function after(inputs: readonly CallInput[], call = newCall(sid, { greeting, digits: "" })) {
  let now = call;
  const effects: CallEffect[] = [];
  for (const input of inputs) {
    const [next, wanted] = step(now, input);
    now = next;
    effects.push(...wanted);
  }
  return { call: now, effects };
}

/** What a live call does when it is given these inputs after its setup. */
function live(...inputs: readonly CallInput[]) {
  const { call } = after([frame(setup)]);
  return after(inputs, call);
}

function kinds(effects: readonly CallEffect[]): readonly string[] {
  return effects.map((effect) => effect.kind);
}

describe("a socket", () => {
  test("connects its call with the first setup", () => {
    expect(after([frame(setup)]).effects).toEqual([{ kind: "connect", sessionId: "VX1" }]);
  });

  test("takes a second setup of the same session for the relay coming back by itself", () => {
    expect(after([frame(setup), frame(setup)]).effects).toHaveLength(1);
  });

  test("connects again with a setup of another session", () => {
    const again = frame({ ...setup, sessionId: "VX2" });
    expect(after([frame(setup), again]).effects).toContainEqual({ kind: "connect", sessionId: "VX2" });
  });

  test("is closed when it is used for another call than it was opened for", () => {
    const other = frame({ ...setup, callSid: callSid(`CA${"f".repeat(32)}`) });
    expect(after([other]).effects).toMatchObject([{ kind: "close", code: 1008 }]);
    expect(live(other).effects).toMatchObject([{ kind: "close", code: 1008 }]);
  });

  test.each([prompt("hello"), key("1"), interrupt("This"), played("This"), callerSpeaks(true)])(
    "is closed when something is said before the setup: %j",
    (input) => {
      const { call, effects } = after([input, frame(setup)]);
      expect(effects).toMatchObject([{ kind: "close", code: 1008 }]);
      expect(call.phase).toBe("closed");
    },
  );

  test("tolerates what it does not know, also before the setup", () => {
    expect(after([frame({ type: "unknown" }), frame(setup)]).effects).toMatchObject([{ kind: "connect" }]);
  });

  test("is closed with 1007 after ten bad frames in a row", () => {
    expect(live(...badFrames(9)).effects).toEqual([]);
    expect(live(...badFrames(9), frame({ type: "unknown" }), ...badFrames(1)).effects).toEqual([]);
    expect(live(...badFrames(12)).effects).toMatchObject([{ kind: "close", code: 1007 }]);
  });

  test("passes the relay's complaints on and answers none of them", () => {
    expect(live(frame({ type: "error", description: "code: 64107" })).effects).toEqual([
      { kind: "complaint", description: "code: 64107" },
    ]);
  });
});

describe("a caller", () => {
  test("is answered when an utterance is final, not while it grows", () => {
    expect(live(prompt("Hold", false), prompt("Holding.", false)).effects).toEqual([]);
    const said = frame({ type: "prompt", text: " Holding. ", lang: "en", last: true });
    expect(live(said).effects).toEqual([{ kind: "answer", cause: "speech", text: "Holding.", lang: "en", serial: 1 }]);
  });

  test("who only coughs is not answered", () => {
    expect(live(prompt("  ")).effects).toEqual([]);
  });

  test("is given each thing said with a number of its own", () => {
    const { effects } = live(prompt("one"), key("#"), prompt("one"));
    expect(effects.flatMap((effect) => (effect.kind === "answer" ? [effect.serial] : []))).toEqual([1, 2, 3]);
  });

  test("has keys kept until # or a pause, and used once", () => {
    const { effects } = live(key("1"), key("2"), { kind: "keypad_pause" }, { kind: "keypad_pause" });
    expect(effects).toEqual([
      { kind: "digits", digits: "1" },
      { kind: "keypad_timer" },
      { kind: "digits", digits: "12" },
      { kind: "keypad_timer" },
      { kind: "digits", digits: "" },
      { kind: "answer", cause: "keys", text: "12", serial: 1 },
    ]);
    expect(live(key("1"), key("#")).effects.at(-1)).toMatchObject({ kind: "answer", cause: "keys", text: "1#" });
  });

  test("goes on with the keys of a lost socket", () => {
    const { effects } = after([frame(setup), key("3"), key("#")], newCall(sid, { greeting: "", digits: "12" }));
    expect(kinds(effects).slice(0, 2)).toEqual(["connect", "keypad_timer"]);
    expect(effects.at(-1)).toMatchObject({ kind: "answer", text: "123#" });
  });

  test("makes the line busy by speaking, and quiet by ending", () => {
    expect(lineIsQuiet(live().call)).toBe(true);
    expect(lineIsQuiet(live(callerSpeaks(true)).call)).toBe(false);
    expect(lineIsQuiet(live(callerSpeaks(true), callerSpeaks(false)).call)).toBe(true);
    expect(lineIsQuiet(live(prompt("Ho", false)).call)).toBe(false);
    expect(lineIsQuiet(live(prompt("Ho", false), prompt("Ho")).call)).toBe(true);
    expect(lineIsQuiet(live(agentSpeaks(true)).call)).toBe(false);
    expect(lineIsQuiet(live(replyStarted(first)).call)).toBe(false);
    expect(lineIsQuiet(after([]).call)).toBe(false);
  });
});

describe("an interruption", () => {
  test("by a key during the greeting belongs to the greeting, and the answer to the key goes on", () => {
    // As it was on the wire: the key comes first, its answer is sent, then the interrupt.
    const { effects, call } = live(
      agentSpeaks(true),
      key("9"),
      { kind: "keypad_pause" },
      replyStarted(first, "keys"),
      replyText(first, "Key"),
      replyText(first, " 9."),
      played("This"),
      interrupt("This"),
      agentSpeaks(false),
      { kind: "reply_ended", turnId: first },
      agentSpeaks(true),
      played("Key 9."),
      agentSpeaks(false),
    );
    expect(kinds(effects)).not.toContain("abort");
    expect(kinds(effects)).not.toContain("heard");
    expect(lineIsQuiet(call)).toBe(true);
  });

  test("by a key cuts the reply that was playing and not the answer to the key", () => {
    const { effects } = live(
      ...reply(first, "speech", "It will arrive on Monday, between nine and five."),
      replyStarted(second, "keys"),
      replyText(second, "You pressed nine."),
      interrupt("It will arrive"),
    );
    expect(effects).toEqual([{ kind: "heard", turnId: first, text: "It will arrive", making: false }]);
  });

  test("that quotes the answer to a key cuts that answer", () => {
    const { effects } = live(
      ...reply(first, "speech", "It will arrive on Monday."),
      replyStarted(second, "keys"),
      replyText(second, "You pressed nine, which"),
      interrupt("You pressed"),
    );
    expect(effects).toEqual([
      { kind: "abort", turnId: second },
      { kind: "heard", turnId: second, text: "You pressed", making: true },
    ]);
  });

  test("by speech cuts the answer to a key once the key has interrupted", () => {
    const { effects } = live(
      agentSpeaks(true),
      replyStarted(first, "keys"),
      replyText(first, "You pressed nine, which"),
      interrupt("This is"),
      agentSpeaks(true),
      interrupt(""),
    );
    expect(effects).toEqual([
      { kind: "abort", turnId: first },
      { kind: "heard", turnId: first, text: "", making: true },
    ]);
  });

  test("stops the reply in the making and tells exactly what was heard of it", () => {
    const { effects } = live(
      replyStarted(first),
      replyText(first, "Sentence 1 of twelve: this one is long. "),
      replyText(first, "Sentence 2 of twelve: this one is too."),
      played("Sentence 1 of twelve: this one is long."),
      played(" Sentence 2 of"),
      interrupt("Sentence 2 of"),
      agentSpeaks(false),
      replyText(first, " Sentence 3"),
      { kind: "reply_ended", turnId: first },
    );
    expect(effects).toEqual([
      { kind: "abort", turnId: first },
      { kind: "heard", turnId: first, text: "Sentence 1 of twelve: this one is long. Sentence 2 of", making: true },
    ]);
  });

  test("tells what was heard also when the reply was made long ago", () => {
    const { effects } = live(
      ...reply(first, "speech", "It has shipped, ", "and arrives on Monday."),
      interrupt("It has shipped, and"),
    );
    expect(effects).toEqual([{ kind: "heard", turnId: first, text: "It has shipped, and", making: false }]);
  });

  test("leaves what was queued behind it unheard", () => {
    const { effects } = live(
      ...reply(first, "speech", "One two three."),
      ...reply(second, "other", "By the way, something else."),
      interrupt("One two"),
    );
    expect(effects).toEqual([
      { kind: "heard", turnId: first, text: "One two", making: false },
      { kind: "heard", turnId: second, text: "", making: false },
    ]);
  });

  test("cuts nothing of what was played to its end", () => {
    expect(
      live(...reply(first, "speech", "It has shipped."), played("It has shipped."), interrupt("It has shipped."))
        .effects,
    ).toEqual([]);
    const { effects } = live(
      ...reply(first, "speech", "It has shipped."),
      played("It has shipped"),
      ...reply(second, "speech", "It has shipped today."),
      interrupt("It has"),
    );
    expect(effects).toEqual([{ kind: "heard", turnId: second, text: "It has", making: false }]);
  });

  test("lets an answer that has no words yet go on", () => {
    const { effects, call } = live(
      ...reply(first, "speech", "Let me explain at length."),
      replyStarted(second),
      interrupt("Let me"),
    );
    expect(effects).toEqual([{ kind: "heard", turnId: first, text: "Let me", making: false }]);
    expect(kinds(step(call, replyText(second, "Of course."))[1])).toEqual([]);
    expect(lineIsQuiet(call)).toBe(false);
  });

  test("of nothing has no effect", () => {
    expect(live(interrupt("anything")).effects).toEqual([]);
    expect(live(interrupt("")).effects).toEqual([]);
  });

  test("happens once to a reply", () => {
    const { effects } = live(...reply(first, "speech", "One two three."), interrupt("One"), interrupt("One"));
    expect(kinds(effects)).toEqual(["heard"]);
  });
});

const turnIds = [first, second, branded<TurnId>("turn_3")];
const words = fc.constantFrom("", " ", "Stop.", "Key 9.", "It has", " shipped", "This", greeting, "é");
const anyFrame: fc.Arbitrary<LineFrame> = fc.oneof(
  fc.record({
    type: fc.constant("setup"),
    callSid: fc.constantFrom(sid, callSid("CA2")),
    sessionId: fc.constantFrom("VX1", "VX2"),
  }),
  fc.record({ type: fc.constant("prompt"), text: words, last: fc.boolean() }),
  fc.record({ type: fc.constant("dtmf"), digit: fc.constantFrom("1", "2", "#", "*") }),
  fc.record({ type: fc.constant("interrupt"), heard: words }),
  fc.record({ type: fc.constant("played"), text: words }),
  fc.record({ type: fc.constant("speaking"), who: fc.constantFrom("agent", "caller"), on: fc.boolean() }),
  fc.record({ type: fc.constant("error"), description: words }),
  fc.record({ type: fc.constant("unknown") }),
);
const anyInput: fc.Arbitrary<CallInput> = fc.oneof(
  { weight: 4, arbitrary: anyFrame.map(frame) },
  fc.constant<CallInput>({ kind: "bad_frame" }),
  fc.constant<CallInput>({ kind: "keypad_pause" }),
  fc
    .tuple(fc.constantFrom(...turnIds), fc.constantFrom("speech", "keys", "other"))
    .map(([turnId, cause]) => replyStarted(turnId, cause)),
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...turnIds), words).map(([turnId, said]) => replyText(turnId, said)),
  },
  fc.constantFrom(...turnIds).map((turnId): CallInput => ({ kind: "reply_ended", turnId })),
);
const anyInputs = fc.array(anyInput, { maxLength: 60 }).map((inputs) => [frame(setup), ...inputs]);

describe("whatever happens on a line", () => {
  test("nothing fails, and after the close there is nothing to do", () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 60 }), (inputs) => {
        let call: Call = newCall(sid, { greeting, digits: "" });
        for (const input of inputs) {
          const [next, effects] = step(call, input);
          expect(call.phase !== "closed" || (next === call && effects.length === 0)).toBe(true);
          expect(next.phase === "closed" || effects.every((effect) => effect.kind !== "close")).toBe(true);
          call = next;
        }
      }),
    );
  });

  test("every key that was pressed is answered or still kept, in order", () => {
    fc.assert(
      fc.property(anyInputs, fc.stringMatching(/^[0-9]{0,80}$/u), (inputs, before) => {
        let call = newCall(sid, { greeting, digits: before });
        let pressed = before;
        let used = "";
        let kept = before;
        for (const input of inputs) {
          if (call.phase === "live" && input.kind === "frame" && input.frame.type === "dtmf")
            pressed += input.frame.digit;
          const [next, effects] = step(call, input);
          for (const effect of effects) {
            if (effect.kind === "answer" && effect.cause === "keys") used += effect.text;
            if (effect.kind === "digits") kept = effect.digits;
          }
          call = next;
        }
        expect(used + call.digits).toBe(pressed);
        // What the ledger was told to keep is what the next socket starts with.
        expect(kept).toBe(call.digits);
      }),
    );
  });

  test("what was heard is the beginning of what was sent, and is told once for each reply", () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const sent = new Map<TurnId, string>();
        let call = newCall(sid, { greeting, digits: "" });
        for (const input of inputs) {
          if (input.kind === "reply_text") sent.set(input.turnId, (sent.get(input.turnId) ?? "") + input.text);
          const [next, effects] = step(call, input);
          const heardOf = effects.filter((effect) => effect.kind === "heard");
          expect(heardOf.every((effect) => (sent.get(effect.turnId) ?? "").includes(effect.text))).toBe(true);
          const told = effects.flatMap((effect) => (effect.kind === "abort" ? [effect.turnId] : []));
          const heard = effects.flatMap((effect) => (effect.kind === "heard" && effect.making ? [effect.turnId] : []));
          expect(told).toEqual(heard);
          call = next;
        }
      }),
    );
  });

  test("its state stays small", () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const { call } = after(inputs);
        expect(call.speeches.length).toBeLessThanOrEqual(4);
        expect(call.digits.length).toBeLessThan(64);
        expect(call.badFrames).toBeLessThanOrEqual(10);
      }),
    );
  });
});

describe("what a lost socket takes with it", () => {
  test("is the reply that was being played, and what was queued behind it", () => {
    const { call } = after([
      frame(setup),
      agentSpeaks(true),
      played(greeting),
      ...reply(first, "speech", "It left on Monday. ", "It comes on Friday."),
      ...reply(second, "other", "And there is news."),
      played("It left on Monday."),
    ]);
    expect(unheardReplies(call)).toEqual([first, second]);
  });

  test("is a reply that was sent and not begun, and never the greeting", () => {
    const greeted = [frame(setup), agentSpeaks(true), played(greeting), agentSpeaks(false)];
    expect(unheardReplies(after(greeted).call)).toEqual([]);
    expect(unheardReplies(after([...greeted, ...reply(first, "speech", "It left on Monday.")]).call)).toEqual([first]);
  });

  test("is nothing on a socket that never tells what was played: an answer is not to be said twice", () => {
    expect(unheardReplies(after([frame(setup), ...reply(first, "speech", "It left on Monday.")]).call)).toEqual([]);
  });

  test("is nothing of what was heard to its end, cut off, or is still being made", () => {
    const whole = [frame(setup), ...reply(first, "speech", "It left on Monday."), played("It left on Monday.")];
    expect(unheardReplies(after(whole).call)).toEqual([]);
    const cut = [frame(setup), ...reply(first, "speech", "It left on Monday."), interrupt("It left")];
    expect(unheardReplies(after(cut).call)).toEqual([]);
    const making = [frame(setup), replyStarted(first), replyText(first, "It left on Monday.")];
    expect(unheardReplies(after(making).call)).toEqual([]);
  });

  test("is not guessed where the relay says that it has stopped speaking", () => {
    const { call } = after([
      frame(setup),
      agentSpeaks(true),
      ...reply(first, "speech", "It left on Monday. It comes."),
      played("It left on Monday."),
      agentSpeaks(false),
    ]);
    expect(unheardReplies(call)).toEqual([]);
  });
});
