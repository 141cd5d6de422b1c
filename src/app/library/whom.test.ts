import { afterEach, describe, expect, test } from "vitest";
import { startLibrary, type LibraryUnderTest } from "../../../test/support/library.ts";
import { JOHN } from "../../../test/support/numbers.ts";

const JANE = "+14155550123";
const open: LibraryUnderTest[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

async function started(): Promise<LibraryUnderTest["continuo"]> {
  const library = await startLibrary();
  open.push(library);
  return library.continuo;
}

/** Whose conversation a name stands for. */
async function whose(continuo: LibraryUnderTest["continuo"], name: string): Promise<string | undefined> {
  return (await continuo.getSession(name))?.userId;
}

describe("a session whose user is said", () => {
  test("is that user's from then on, on every channel", async () => {
    const continuo = await started();
    await continuo.processMessage("Hello", "web", "tab-1", JOHN);
    expect(await whose(continuo, "tab-1")).toBe(await whose(continuo, JOHN));
    expect((await continuo.sessions.get("tab-1")).customerId).toBe(JOHN);
    await continuo.processMessage("It is me", "voice", JOHN);
    const history = (await continuo.getSession("tab-1"))?.context.conversationHistory ?? [];
    expect(history.flatMap(({ role, channel }) => (role === "customer" ? [channel] : []))).toEqual(["web", "voice"]);
    expect(await continuo.processMessage("Where is ORD_12345?", "web", "tab-1")).toMatchObject({
      text: expect.stringContaining("UPS"),
    });
  });

  test("brings along what was said before anybody knew", async () => {
    const continuo = await started();
    await continuo.processMessage("Hello from the web", "web", "tab-1");
    await continuo.processMessage("Hello by text", "sms", JOHN);
    await continuo.processMessage("This is me, too", "web", "tab-1", JOHN);
    const said = (await continuo.getSession(JOHN))?.context.conversationHistory
      .filter(({ role }) => role === "customer")
      .map(({ content }) => content);
    expect(said).toEqual(["Hello from the web", "Hello by text", "This is me, too"]);
  });

  test("may be a number with a user of a name, and two names", async () => {
    const continuo = await started();
    await continuo.processMessage("Hello", "sms", JOHN, "cus_42");
    expect(await whose(continuo, "cus_42")).toBe(await whose(continuo, JOHN));
    await continuo.processMessage("Hello", "web", "tab-1", "alice");
    await continuo.processMessage("Hello", "web", "tab-2", "alice");
    expect(await whose(continuo, "tab-1")).toBe(await whose(continuo, "tab-2"));
    expect(await whose(continuo, "tab-1")).not.toBe(await whose(continuo, JOHN));
  });

  test("never brings two people together: their sessions are refused to each other", async () => {
    const continuo = await started();
    await continuo.processMessage("Hello", "web", "kiosk", JOHN);
    for (const [session, user] of [
      ["kiosk", JANE],
      [JOHN, JANE],
      ["kiosk", "alice"],
    ] as const) {
      await expect(continuo.processMessage("Hello", "web", session, user)).rejects.toMatchObject({
        code: "bad_request",
      });
    }
    await continuo.processMessage("Hello", "sms", JANE);
    expect(await whose(continuo, JANE)).not.toBe(await whose(continuo, JOHN));
  });

  test("is the user already where both are spellings of one number, or the subject's id", async () => {
    const continuo = await started();
    const first = await continuo.processMessage("Hello", "sms", "(415) 555-0100", JOHN);
    expect(first.outcome).toBe("replied");
    const id = (await whose(continuo, JOHN)) ?? "";
    expect(await continuo.processMessage("Hello", "sms", JOHN, id)).toMatchObject({ outcome: "replied" });
    expect(await continuo.runWorkflow({ input_as_text: "Hello", session_id: id })).toMatchObject({
      conversation_id: id,
    });
  });
});

describe("customers that a program knows to be one", () => {
  test("become one, and two again", async () => {
    const continuo = await started();
    await continuo.processMessage("Hello", "sms", JOHN);
    await continuo.processMessage("Hello", "voice", JANE);
    const merged = await continuo.merge({ into: JOHN, from: JANE, reason: "one family" });
    expect(merged).toMatchObject({ kind: "done", merge: { state: "merged", by: "library", reason: "one family" } });
    expect(await whose(continuo, JANE)).toBe(await whose(continuo, JOHN));
    expect(await continuo.processMessage("It is me", "sms", JANE)).toMatchObject({ outcome: "replied" });
    const mergeId = merged.kind === "done" ? merged.merge.mergeId : "";
    expect(await continuo.split(mergeId)).toMatchObject({ kind: "done", merge: { state: "split" } });
    expect(await whose(continuo, JANE)).not.toBe(await whose(continuo, JOHN));
  });

  test("are refused when they are one already, or nobody", async () => {
    const continuo = await started();
    await continuo.processMessage("Hello", "sms", JOHN);
    expect(await continuo.merge({ into: JOHN, from: "(415) 555-0100" })).toMatchObject({
      kind: "refused",
      why: "itself",
    });
    await expect(continuo.merge({ into: JOHN, from: "nobody" })).rejects.toMatchObject({ code: "not_found" });
    expect(await continuo.split("mrg_nothing")).toMatchObject({ kind: "refused", why: "not_found" });
  });
});
