import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { agent as booking } from "../../test/support/booking-agent.ts";
import { startConversationsServer } from "../../test/support/conversations-server.ts";
import { startLibrary, type LibraryUnderTest } from "../../test/support/library.ts";
import { answeredBy } from "../../test/support/model-input.ts";
import { startModelServer } from "../../test/support/model-server.ts";
import { JOHN } from "../../test/support/numbers.ts";
import { agent as remote } from "../../test/support/remote-agent.ts";
import { defineAgent } from "../agent/define-agent.ts";
import { startFakeTwilio } from "../simulator/twilio.ts";
import { createContinuo, type ContinuoEvent, type ContinuoOptions } from "./library.ts";

const open: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function started(options: ContinuoOptions = {}): Promise<LibraryUnderTest> {
  const library = await startLibrary(options);
  open.push(library);
  return library;
}

/** An agent that the model knows by its instructions. */
function named(name: string) {
  return defineAgent({ ...booking, name, instructions: `You are ${name}.` });
}

/** A model that tells whom it plays. */
async function whoAnswers() {
  const model = await startModelServer(({ body }) => ({
    kind: "say",
    tokens: [/You are (\w+)/u.exec(String(body.instructions))?.[1] ?? "nobody"],
  }));
  open.push(model);
  return answeredBy(model);
}

describe("where the library keeps things", () => {
  test("in a file of one's choice, from one run to the next", async () => {
    const folder = await mkdtemp(join(tmpdir(), "continuo-store-"));
    const options = { store: `sqlite:${join(folder, "talk.db")}`, env: { LOG_LEVEL: "silent" } } as const;
    for (const expected of [2, 4]) {
      await using continuo = await createContinuo(options);
      await continuo.runWorkflow({ input_as_text: "Hello", session_id: "ann" });
      const history = (await continuo.getSession("ann"))?.context.conversationHistory ?? [];
      expect(history.filter(({ role }) => role === "customer" || role === "assistant")).toHaveLength(expected);
    }
    expect(readdirSync(folder)).toContain("talk.db");
    await rm(folder, { recursive: true });
  });

  test("nowhere after the end, when it is memory", async () => {
    const before = new Set(ownFolders());
    const continuo = await createContinuo({ store: "memory", env: { LOG_LEVEL: "silent" } });
    await continuo.runWorkflow({ input_as_text: "Hello", session_id: "ann" });
    const made = ownFolders().filter((folder) => !before.has(folder));
    expect(made.length).toBeGreaterThan(0);
    await continuo[Symbol.asyncDispose]();
    expect(made.filter((folder) => existsSync(join(tmpdir(), folder, "continuo.db")))).toEqual([]);
  });

  test("where nobody else does: a folder in use is refused, and what was made for the attempt is gone", async () => {
    const { folder } = await started();
    await expect(createContinuo({ dataDir: folder, env: {} })).rejects.toMatchObject({ code: "data_folder_in_use" });
  });

  test.each<[string, ContinuoOptions]>([
    ["a store without a path", { store: "sqlite:" }],
    ["no agents", { agents: {} }],
    ["a tenant that is not there", { tenant: "nobody" }],
    ["Twilio without an account", { channels: "twilio" }],
    ["a setting that is wrong", { env: { MAX_TURNS: "many" } }],
  ])("and %s is refused at the start", async (_what, options) => {
    const wrong = createContinuo({ store: "memory", env: {}, ...options });
    await expect(wrong).rejects.toMatchObject({ code: "config_invalid" });
  });

  test("where it is said, or nowhere: a store that there is none of is refused", async () => {
    const options: ContinuoOptions = JSON.parse('{ "store": "redis" }');
    await expect(createContinuo(options)).rejects.toMatchObject({ code: "config_invalid" });
  });

  test("until it is closed, which every call says afterwards", async () => {
    const { continuo } = await started();
    await continuo[Symbol.asyncDispose]();
    for (const call of [continuo.settled(), continuo.getSession("ann")])
      await expect(call).rejects.toMatchObject({ code: "bad_request" });
  });

  test("without minding Twilio's account, which nothing needs", async () => {
    const { continuo } = await started({ env: { TWILIO_AUTH_TOKEN: "token", TWILIO_PHONE_NUMBER: "+14155550199" } });
    expect(await continuo.processMessage("Hello", "sms", JOHN)).toMatchObject({ outcome: "replied" });
  });
});

describe("the agents of the library", () => {
  test("are given as they are, and each answers who was asked for", async () => {
    const agents = { sales: named("Sam"), default: named("Dora") };
    const { continuo } = await started({ env: await whoAnswers(), agents });
    const { agentRegistry } = continuo;
    expect(agentRegistry.list()).toEqual(["sales", "default"]);
    const sales = await agentRegistry.get("sales");
    expect(sales.name).toBe("Sam");
    for (const channel of ["text", "voice", "web", "whatsapp"] as const) {
      expect(await sales.processMessage("Hello", channel, JOHN)).toMatchObject({ text: "Sam" });
      expect(await continuo.processMessage("Hello", channel, JOHN)).toMatchObject({ text: "Dora" });
    }
    const fallback = await agentRegistry.getDefault();
    expect(await fallback.processMessage("Hello", "text", JOHN)).toMatchObject({ text: "Dora" });
    const unknown = await agentRegistry.get("nobody");
    expect(await unknown.processMessage("Hello", "text", JOHN)).toMatchObject({ text: "Dora" });
    expect((await continuo.sessions.get(JOHN)).agentId).toBe("default");
  });

  test("keep their history at OpenAI where they say so, and the conversation has OpenAI's id", async () => {
    const server = await startConversationsServer(() => ({ kind: "say", tokens: ["Noted."] }));
    open.push(server);
    const { continuo } = await started({ env: answeredBy(server), agents: { remote } });
    const first = await continuo.runWorkflow({ input_as_text: "Hello", session_id: "user_alice_session" });
    expect(first.conversation_id).toMatch(/^conv_/u);
    const second = await continuo.runWorkflow({ input_as_text: "Again", session_id: "user_alice_session" });
    expect(second.conversation_id).toBe(first.conversation_id);
    const other = await continuo.runWorkflow({ input_as_text: "Hello", session_id: "user_bob_session" });
    expect(other.conversation_id).not.toBe(first.conversation_id);
    expect(server.conversations.size).toBe(2);
    await continuo.destroySession("user_alice_session");
    await continuo.settled();
    expect([...server.conversations.keys()]).toEqual([other.conversation_id]);
  });
});

describe("the tenants of the library", () => {
  const config = {
    tenants: {
      acme: { numbers: ["+14155550001", { number: "+14155550002", agent: "sales" }] },
      globex: { numbers: ["+14155550003"], agent: "sales" },
    },
  } as const;

  test("are chosen by the number that was dialled, and share no customer", async () => {
    const agents = { default: named("Dora"), sales: named("Sam") };
    const { continuo } = await started({ env: await whoAnswers(), agents, config });
    const answers: string[] = [];
    for (const to of ["+14155550001", "(415) 555-0002", "+1 415 555 0003"])
      answers.push((await continuo.processMessage("Hello", "sms", JOHN, JOHN, { to })).text);
    expect(answers).toEqual(["Dora", "Sam", "Sam"]);
    const globex = continuo.tenant("globex");
    const [here, there] = [await continuo.getSession(JOHN), await globex.getSession(JOHN)];
    expect(here?.userId).not.toBe(there?.userId);
    expect([here, there].map((session) => session?.totalMessages)).toEqual([4, 2]);
    expect(await globex.getSession(here?.userId ?? "")).toBeUndefined();
    expect(await globex.destroySession(here?.userId ?? "")).toBeUndefined();
    await expect(globex.sessions.close((await continuo.sessions.get(JOHN)).id)).rejects.toMatchObject({
      code: "not_found",
    });
    expect(await globex.runWorkflow({ input_as_text: "Hello", session_id: JOHN })).toMatchObject({
      output_text: "Sam",
    });
    await expect(continuo.processMessage("Hello", "sms", JOHN, JOHN, { to: "+14155559999" })).rejects.toMatchObject({
      code: "bad_request",
    });
    await expect(globex.processMessage("Hello", "sms", JOHN, JOHN, { to: "+14155550001" })).rejects.toMatchObject({
      code: "bad_request",
    });
    expect(() => continuo.tenant("nobody")).toThrow("not_found");
  });

  test("hear of their own customers alone", async () => {
    const { continuo } = await started({ config, agents: { default: booking, sales: booking }, tenant: "globex" });
    const all: ContinuoEvent[] = [];
    const own: ContinuoEvent[] = [];
    continuo.on("session_started", (event) => all.push(event));
    const stop = continuo.tenant("acme").on("session_started", (event) => own.push(event));
    await continuo.processMessage("Hello", "sms", JOHN);
    await continuo.tenant("acme").processMessage("Hello", "sms", JOHN);
    await continuo.settled();
    stop();
    await continuo.tenant("acme").processMessage("Hello", "sms", "ann");
    await continuo.settled();
    expect(all.map(({ tenant }) => tenant)).toEqual(["globex", "acme", "acme"]);
    expect(own).toEqual([
      {
        name: "session_started",
        seq: expect.any(Number),
        at: expect.any(Number),
        tenant: "acme",
        subjectId: expect.stringMatching(/^sub_/u),
        data: { session: expect.stringMatching(/^ses_/u), number: 1 },
      },
    ]);
  });

  test("are not disturbed by a listener that throws or rejects", async () => {
    const { continuo } = await started();
    const heard: string[] = [];
    continuo.on("message_received", () => {
      throw new Error("a listener of the program");
    });
    continuo.on("message_received", async ({ at }) => {
      await Promise.resolve(at);
      throw new Error("a listener of the program that waits");
    });
    continuo.on("message_received", ({ name }) => heard.push(name));
    expect(await continuo.processMessage("Hello", "sms", JOHN)).toMatchObject({ outcome: "replied" });
    await continuo.settled();
    expect(heard).toEqual(["message_received"]);
  });
});

describe("the library with Twilio", () => {
  test("sends what is answered, and gives it to the caller as well", async () => {
    const line = { accountSid: `AC${"0".repeat(31)}1`, authToken: "token", publicUrl: "", reachUrl: "" };
    const twilio = await startFakeTwilio({ line });
    open.push(twilio);
    const { continuo } = await started({
      channels: "twilio",
      env: {
        TWILIO_ACCOUNT_SID: line.accountSid,
        TWILIO_AUTH_TOKEN: line.authToken,
        TWILIO_API_BASE_URL: twilio.url,
        PUBLIC_URL: "https://support.example.com",
      },
    });
    const to = "+14155550199";
    const answer = await continuo.processMessage("Hello", "sms", JOHN, JOHN, { to });
    expect(answer.outcome).toBe("replied");
    expect(twilio.messagesTo(JOHN).map(({ body }) => body)).toEqual([answer.text]);
    await expect(continuo.processMessage("Hello", "sms", JOHN)).rejects.toMatchObject({ code: "bad_request" });
    expect(await continuo.processMessage("Hello", "sms", "ann", "", { to })).toMatchObject({ outcome: "unanswerable" });
    expect(await continuo.runWorkflow({ input_as_text: "Hello", session_id: "ann" })).toMatchObject({
      outcome: "replied",
    });
  });
});

function ownFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => /^continuo-\w{6}$/u.test(name));
}
