import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { branded, type OutboxId, type TurnId } from "./ids.ts";
import type { Item } from "./item.ts";
import { openCallPlaceholder, projectWindow, type WindowItem } from "./window.ts";

type Placed = { readonly turnId: TurnId; readonly item: Item };

function turn(n: number, ...items: readonly Item[]): readonly Placed[] {
  return items.map((item) => ({ turnId: turnId(n), item }));
}

function turnId(n: number): TurnId {
  return branded<TurnId>(`turn_${n}`);
}

function said(text: string): Item {
  return { kind: "customer", channel: "voice", text };
}

function answered(text: string, status: "complete" | "incomplete" = "complete"): Item {
  return { kind: "agent", channel: "voice", text, status };
}

function heard(n: number, text: string): Item {
  return { kind: "heard", turnId: turnId(n), text };
}

function call(callId: string, tool = "lookup_order"): Item {
  return { kind: "tool_call", callId, tool, arguments: "{}" };
}

function result(callId: string, output: string, tool = "lookup_order"): Item {
  return { kind: "tool_result", callId, tool, output };
}

function undelivered(n: number): Item {
  return {
    kind: "delivery",
    turnId: turnId(n),
    outboxId: branded<OutboxId>("out_1"),
    status: "undelivered",
    code: "30003",
  };
}

function textsOf(entries: readonly Placed[]): readonly string[] {
  return projectWindow(entries).map((item) => {
    switch (item.kind) {
      case "customer":
      case "operator":
      case "note":
        return `${item.kind}: ${item.text}`;
      case "agent":
        return `${item.fate}: ${item.text}`;
      case "tool_call":
        return `call ${item.callId}`;
      case "tool_result":
        return `result ${item.callId}: ${item.output}`;
    }
  });
}

describe("what the model sees", () => {
  test("is what was said, in order", () => {
    const item: Item = { kind: "operator", channel: "sms", text: "I take over." };
    expect(textsOf(turn(1, said("Hello"), answered("Good day."), item))).toEqual([
      "customer: Hello",
      "said: Good day.",
      "operator: I take over.",
    ]);
  });

  test("of an interrupted reply is what was heard", () => {
    const record = [
      ...turn(1, said("Tell me"), answered("It has shipped and comes on Monday.")),
      ...turn(2, heard(1, "It has shipped")),
    ];
    expect(textsOf(record)).toEqual(["customer: Tell me", "cut: It has shipped"]);
  });

  test("of a reply in several messages is what was heard of them together", () => {
    const reply = [answered("Let me check."), call("a"), result("a", "{}"), answered(" It has shipped.")];
    const shown = ["call a", "result a: {}"];
    expect(textsOf(turn(1, ...reply, heard(1, "Let me check. It has")))).toEqual([
      "said: Let me check.",
      ...shown,
      "cut:  It has",
    ]);
    expect(textsOf(turn(1, ...reply, heard(1, "Let me")))).toEqual(["cut: Let me", ...shown]);
    expect(textsOf(turn(1, ...reply, heard(1, "Let me check. It has shipped.")))).toEqual([
      "said: Let me check.",
      ...shown,
      "said:  It has shipped.",
    ]);
    expect(textsOf(turn(1, ...reply, heard(1, "")))).toEqual(shown);
  });

  test("of an attempt that died while speaking stays, whatever was heard of the next one", () => {
    const record = turn(
      1,
      said("Tell me"),
      answered("Your order", "incomplete"),
      answered("As I was saying, it has shipped."),
      heard(1, "As I was saying"),
    );
    expect(textsOf(record)).toEqual(["customer: Tell me", "cut: Your order", "cut: As I was saying"]);
  });

  test("was heard although spaces around it were lost on the way", () => {
    expect(textsOf(turn(1, answered("\n It has shipped. "), heard(1, "It has shipped.")))).toEqual([
      "said: \n It has shipped.",
    ]);
  });

  test("corrects a correction by the one after it", () => {
    expect(textsOf(turn(1, answered("One two three."), heard(1, "One"), heard(1, "One two")))).toEqual([
      "cut: One two",
    ]);
  });

  test("of a reply that did not arrive is marked", () => {
    expect(textsOf([...turn(1, answered("It has shipped.")), ...turn(2, undelivered(1), said("Hello?"))])).toEqual([
      "unsent: It has shipped.",
      "customer: Hello?",
    ]);
  });

  test("of a call is its result at once, also when several calls were made in one breath", () => {
    expect(textsOf(turn(1, call("a"), call("b"), result("a", "1"), result("b", "2")))).toEqual([
      "call a",
      "result a: 1",
      "call b",
      "result b: 2",
    ]);
  });

  test("of a call whose result is still to come is a placeholder", () => {
    expect(textsOf(turn(1, call("a"), said("And?")))).toEqual([
      "call a",
      `result a: ${openCallPlaceholder}`,
      "customer: And?",
    ]);
  });

  test("of a result that came later is the result at its call, and a note when it came", () => {
    expect(textsOf([...turn(1, call("a")), ...turn(2, said("And?")), ...turn(3, result("a", "done"))])).toEqual([
      "call a",
      "result a: done",
      "customer: And?",
      "note: The result of lookup_order has come in: done",
    ]);
  });

  test("of results that came later together is a note each", () => {
    const record = [...turn(1, call("a"), call("b")), ...turn(2, result("a", "1"), result("b", "2"))];
    expect(textsOf(record).filter((text) => text.startsWith("note"))).toHaveLength(2);
  });

  test("of a result whose call is out of sight is a note", () => {
    expect(textsOf(turn(3, result("a", "done")))).toEqual(["note: The result of lookup_order has come in: done"]);
  });

  test("of a call whose end was not known and then came is both", () => {
    expect(textsOf([...turn(1, call("a"), result("a", "unknown")), ...turn(2, result("a", "done"))])).toEqual([
      "call a",
      "result a: unknown",
      "note: The result of lookup_order has come in: done",
    ]);
  });

  test("of a call is its own result when a model gives the same id again", () => {
    const record = [
      ...turn(1, call("call_0"), result("call_0", "first")),
      ...turn(2, call("call_0"), result("call_0", "second")),
      ...turn(3, call("call_0")),
    ];
    expect(textsOf(record)).toEqual([
      "call call_0",
      "result call_0: first",
      "call call_0",
      "result call_0: second",
      "call call_0",
      `result call_0: ${openCallPlaceholder}`,
    ]);
    expect(textsOf([...turn(1, call("a")), ...turn(2, call("a"), result("a", "second"))])).toEqual([
      "call a",
      `result a: ${openCallPlaceholder}`,
      "call a",
      "result a: second",
    ]);
  });

  test("of keys and of what came along says so", () => {
    const item: Item = { kind: "customer", channel: "voice", text: "12#", keys: true };
    const picture: Item = { kind: "customer", channel: "sms", text: "", media: ["image/jpeg"] };
    expect(textsOf(turn(1, item, picture))).toEqual([
      "customer: (pressed on the keypad) 12#",
      "customer: (1 attachment came along, image/jpeg, which cannot be opened here)",
    ]);
  });
});

const words = fc.constantFrom("", " ", "Stop.", "It has", " shipped", "It has shipped", "é 😀");
const ids = fc.constantFrom("a", "b", "c");
const anyItem: fc.Arbitrary<Item> = fc.oneof(
  words.map(said),
  fc.tuple(words, fc.constantFrom("complete", "incomplete")).map(([text, status]) => answered(text, status)),
  ids.map((id) => call(id)),
  fc.tuple(ids, words).map(([id, output]) => result(id, output)),
  fc.tuple(fc.nat(3), words).map(([n, text]) => heard(n, text)),
  fc.nat(3).map(undelivered),
);
const anyRecord = fc.array(
  fc.tuple(fc.nat(3), anyItem).map(([n, item]) => ({ turnId: turnId(n), item })),
  { maxLength: 30 },
);

function isResultOf(callId: string, item: WindowItem | undefined): boolean {
  return item?.kind === "tool_result" && item.callId === callId;
}

describe("whatever is in the record", () => {
  test("every call is followed at once by one result with its id, and no result stands elsewhere", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const window = projectWindow(record);
        for (const [index, item] of window.entries()) {
          const next = window[index + 1];
          const before = window[index - 1];
          expect(item.kind !== "tool_call" || isResultOf(item.callId, next)).toBe(true);
          expect(item.kind !== "tool_result" || (before?.kind === "tool_call" && before.callId === item.callId)).toBe(
            true,
          );
        }
      }),
    );
  });

  test("no result is lost: each is shown at a call or told", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const came = record.filter(({ item }) => item.kind === "tool_result").length;
        const window = projectWindow(record);
        const told = window.filter((item) => item.kind === "note").length;
        const shown = window.filter(
          (item) => item.kind === "tool_result" && item.output !== openCallPlaceholder,
        ).length;
        expect(told + shown).toBeGreaterThanOrEqual(came);
      }),
    );
  });

  test("what the customer said is whole, and what the agent said is the beginning of it", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const window = projectWindow(record);
        const customer = record.flatMap(({ item }) => (item.kind === "customer" ? [item.text] : []));
        expect(window.flatMap((item) => (item.kind === "customer" ? [item.text] : []))).toEqual(customer);
        const replies = record.flatMap(({ item }) => (item.kind === "agent" ? [item.text] : []));
        const shown = window.flatMap((item) => (item.kind === "agent" ? [item.text] : []));
        expect(shown.every((beginning) => replies.some((text) => text.startsWith(beginning)))).toBe(true);
      }),
    );
  });

  test("the record is left as it is", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const before = JSON.stringify(record);
        projectWindow(record);
        expect(JSON.stringify(record)).toBe(before);
      }),
    );
  });
});
