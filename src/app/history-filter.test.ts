import { describe, expect, test } from "vitest";
import { startLibrary } from "../../test/support/library.ts";
import { answeredBy, inputOf } from "../../test/support/model-input.ts";
import { startModelServer } from "../../test/support/model-server.ts";
import { newTurnId, subjectId, tenantId } from "../core/ids.ts";
import type { RespondRequest, Responder } from "../core/ports/responder.ts";
import type { WindowItem } from "../core/window.ts";
import { filteredBy, type FilteredTurn, type HistoryFilter } from "./history-filter.ts";

const window: readonly WindowItem[] = [
  { kind: "customer", channel: "sms", text: "Where is my order?" },
  { kind: "tool_call", callId: "call_1", tool: "order_status", arguments: "{}" },
  { kind: "tool_result", callId: "call_1", tool: "order_status", output: "shipped" },
  { kind: "agent", channel: "sms", text: "It has shipped.", fate: "said" },
  { kind: "customer", channel: "sms", text: "Thanks" },
];

const request: RespondRequest = {
  agent: "returns",
  tenant: tenantId("acme"),
  subjectId: subjectId("sub_1"),
  turnId: newTurnId(0),
  channel: "sms",
  window,
  memory: { earlier: [], facts: [], entities: {} },
  addresses: [],
  tools: { run: () => Promise.reject(new Error("nobody acts here")) },
  now: 0,
};

/** What the agent is shown when a filter is asked first, and what was reported. */
function shownBy(filter: HistoryFilter | undefined) {
  let shown: readonly WindowItem[] | undefined;
  const failures: unknown[] = [];
  const inner: Responder = {
    model: { name: "none", offline: true },
    voiceOf: () => Promise.reject(new Error("nobody asks here")),
    respond(asked) {
      shown = asked.window;
      return emptyStream();
    },
  };
  const responder = filteredBy(inner, { filter, onFailure: (error) => failures.push(error) });
  responder.respond(request, new AbortController().signal);
  return { shown, failures };
}

async function* emptyStream(): AsyncGenerator<never> {}

describe("a history filter", () => {
  test("decides what the agent is shown, and is told of which turn", () => {
    const turns: FilteredTurn[] = [];
    const { shown, failures } = shownBy((items, turn) => {
      turns.push(turn);
      return items.slice(-1);
    });
    expect(shown).toEqual(window.slice(-1));
    expect(failures).toEqual([]);
    const { tenant, subjectId: whose, turnId, channel, agent } = request;
    expect(turns).toEqual([{ tenant, subjectId: whose, turnId, channel, agent }]);
  });

  test("that is not there changes nothing", () => {
    expect(shownBy(undefined).shown).toBe(window);
  });

  test.each<[string, HistoryFilter]>([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["leaves nothing", () => []],
    ["parts a call from its result", (items) => items.filter(({ kind }) => kind !== "tool_result")],
    ["parts a result from its call", (items) => items.filter(({ kind }) => kind !== "tool_call")],
    ["puts something between a call and its result", (items) => items.toSpliced(2, 0, { kind: "note", text: "hm" })],
    [
      "gives a call the result of another",
      (items) =>
        items.map((item) => ("callId" in item && item.kind === "tool_result" ? { ...item, callId: "call_2" } : item)),
    ],
    // What a program in plain JavaScript may do.
    ["returns a promise", async (items: readonly WindowItem[]) => items] as never,
    ["returns no items", (() => ["hello"]) as never],
    ["returns nothing", (() => undefined) as never],
  ])("that %s is reported, and the turn goes on without it", (_what, filter) => {
    const { shown, failures } = shownBy(filter);
    expect(shown).toBe(window);
    expect(failures).toHaveLength(1);
  });

  test("that changes the items it is given, and then throws, has changed nothing", () => {
    const { shown } = shownBy((items) => {
      for (const item of items) Object.assign(item, { text: "changed" });
      throw new Error("broken");
    });
    expect(shown).toEqual(window);
    expect(window[0]).toMatchObject({ text: "Where is my order?" });
  });
});

describe("a history filter of the library", () => {
  test("changes what the model sees and leaves the record alone, also when it fails every other time", async () => {
    await using model = await startModelServer((_request, number) => ({ kind: "say", tokens: [`Answer ${number}.`] }));
    let asked = 0;
    await using library = await startLibrary({
      env: answeredBy(model),
      historyFilter(items) {
        asked += 1;
        if (asked === 3) throw new Error("broken");
        return items.map((item) =>
          item.kind === "customer" ? { ...item, text: item.text.replaceAll(/\d{4,}/gu, "####") } : item,
        );
      },
    });
    const { continuo } = library;
    for (const text of ["My card is 4242424242424242", "It was 4242424242424242", "Again, 4242424242424242"])
      expect(await continuo.runWorkflow({ input_as_text: text, session_id: "ann" })).toMatchObject({
        outcome: "replied",
      });
    const [, second, third] = await Promise.all([1, 2, 3].map((number) => model.request(number)));
    expect(JSON.stringify(second?.body)).not.toContain("4242");
    expect(third === undefined ? [] : inputOf(third)).toContain("user Again, 4242424242424242");
    const said = (await continuo.sessions.get("ann")).context.messageHistory.map(({ content }) => content);
    expect(said[0]).toBe("My card is 4242424242424242");
  });
});
