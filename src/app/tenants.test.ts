import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ContinuoError } from "../core/errors.ts";
import { tenantId } from "../core/ids.ts";
import { sentences } from "../core/sentences.ts";
import { configFrom } from "./config.ts";
import { defineConfig, readContinuoConfig, type ContinuoConfig } from "./continuo-config.ts";
import { CHAT_ADDRESS, openTenants, type OpenTenants } from "./tenants.ts";

const agents = ["customer-support", "sales"];
const twilio = {
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "t".repeat(32),
  PUBLIC_URL: "https://support.example.com",
};

function opened(given: unknown, env: Readonly<Record<string, string>> = {}): OpenTenants {
  const { config } = configFrom(env);
  return openTenants(config, {
    found: given === undefined ? undefined : { file: "continuo.config.ts", given },
    agents,
  });
}

/** What is said of a configuration that is wrong. */
function complaint(given: unknown, env: Readonly<Record<string, string>> = {}): string {
  try {
    opened(given, env);
  } catch (error) {
    if (error instanceof ContinuoError && error.code === "config_invalid") return error.message;
    throw error;
  }
  return "nothing";
}

/** A folder with one file in it. */
async function folderWith(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "continuo-tenants-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), text);
  return folder;
}

async function nobody(): Promise<undefined> {
  return undefined;
}

const two: ContinuoConfig = defineConfig({
  tenants: {
    acme: {
      name: "Acme",
      numbers: ["+1 (415) 555-0199", { number: "+14155550198", agent: "sales" }, "72345"],
      agent: "customer-support",
      sessionTimeoutMinutes: 5,
      sessionCloseHours: 1,
      retentionDays: 0,
      maxMessageHistory: 7,
      survey: { question: "Good?", thanks: "Thanks." },
      rateLimit: { perMinute: 3, perDay: 4 },
      personalGreeting: false,
      chat: { origins: ["https://shop.example.com"], title: "Ask Acme", agent: "sales" },
    },
    nile: { numbers: ["0100 123 4567"], country: "EG", chat: false },
  },
});

describe("without a file there is one tenant", () => {
  test("named and set by the environment", () => {
    const { tenants, warnings } = opened(undefined, {
      DEFAULT_TENANT_ID: "shop",
      TWILIO_PHONE_NUMBER: "+14155550199",
      DEFAULT_AGENT_ID: "sales",
      SESSION_TIMEOUT_MINUTES: "10",
      SURVEY: "true",
    });
    expect(warnings).toEqual([]);
    expect(tenants.list()).toHaveLength(1);
    expect(tenants.default).toMatchObject({
      id: "shop",
      name: "shop",
      agent: "sales",
      numbers: ["+14155550199"],
      defaultCountry: "US",
      session: { idleMs: 600_000, closeMs: 86_400_000, survey: sentences.survey },
      retentionDays: 30,
      windowTurns: 20,
      limits: { perMinute: 20, perDay: 200 },
      resolver: "phone",
      personalGreeting: true,
      notices: { surveyThanks: sentences.surveyThanks },
      chat: { origins: [], agent: "sales" },
    });
    expect(tenants.of("shop")).toBe(tenants.default);
    expect(tenants.of("default")).toBeUndefined();
  });

  test("whose numbers are served in every spelling, and no other", () => {
    const { tenants } = opened(undefined, { TWILIO_PHONE_NUMBER: "+14155550199,72345" });
    for (const spelling of ["+14155550199", "whatsapp:+14155550199", "(415) 555-0199", "4155550199", "72345"])
      expect(tenants.serving(spelling)?.tenant.id, spelling).toBe("default");
    for (const other of ["+14155550198", "7234", "anonymous", "", "AMAZON"])
      expect(tenants.serving(other), other).toBeUndefined();
  });

  test("who serves every number when none is listed, which is doubted with real numbers", () => {
    expect(opened(undefined).tenants.serving("+19995550123")?.tenant.id).toBe("default");
    expect(opened(undefined).warnings).toEqual([]);
    expect(opened(undefined, twilio).warnings).toEqual([
      "No number of ours is listed: whatever number Twilio delivers is served. Set TWILIO_PHONE_NUMBER, or a tenant's numbers.",
    ]);
  });
});

describe("tenants of a file", () => {
  test("have what they say, and for the rest what the environment says", () => {
    const { tenants } = opened(two, { MAX_MESSAGE_HISTORY: "9" });
    expect(tenants.of("acme")).toEqual({
      id: "acme",
      name: "Acme",
      agent: "customer-support",
      numbers: ["+14155550199", "+14155550198", "72345"],
      defaultCountry: "US",
      session: { idleMs: 300_000, closeMs: 3_600_000, survey: "Good?" },
      retentionDays: 0,
      windowTurns: 7,
      limits: { perMinute: 3, perDay: 4 },
      resolver: "phone",
      personalGreeting: false,
      notices: { limited: sentences.limited, help: sentences.help, surveyThanks: "Thanks." },
      chat: { origins: ["https://shop.example.com"], title: "Ask Acme", greeting: undefined, agent: "sales" },
    });
    expect(tenants.of("nile")).toMatchObject({
      name: "nile",
      numbers: ["+201001234567"],
      defaultCountry: "EG",
      windowTurns: 9,
      session: { idleMs: 1_800_000 },
      chat: undefined,
    });
    expect(tenants.of("nile")?.session).not.toHaveProperty("survey");
  });

  test("are found by their numbers, in the spellings of their countries, with the agent of the number", () => {
    const { tenants } = opened(two);
    expect(tenants.serving("whatsapp:+14155550199")).toMatchObject({
      tenant: { id: "acme" },
      agent: "customer-support",
    });
    expect(tenants.serving("415-555-0198")).toMatchObject({ tenant: { id: "acme" }, agent: "sales" });
    expect(tenants.serving("+20 100 123 4567")).toMatchObject({ tenant: { id: "nile" }, agent: undefined });
    expect(tenants.serving("01001234567")).toMatchObject({ tenant: { id: "nile" } });
    expect(tenants.serving("+14155550197")).toBeUndefined();
  });

  test("answer with the agent of the number or chat that the customer used", () => {
    const { tenants } = opened(two);
    const acme = tenantId("acme");
    expect(tenants.agentFor(acme, "+14155550198")).toBe("sales");
    expect(tenants.agentFor(acme, "+14155550199")).toBe("customer-support");
    expect(tenants.agentFor(acme, CHAT_ADDRESS)).toBe("sales");
    expect(tenants.agentFor(acme, undefined)).toBe("customer-support");
    // A number of another tenant says nothing here.
    expect(tenants.agentFor(tenantId("nile"), "+14155550198")).toBeUndefined();
    expect(tenants.agentFor(tenantId("gone"), "+14155550198")).toBeUndefined();
  });

  test("are meant in order, unless the environment names one", () => {
    expect(opened(two).tenants.default.id).toBe("acme");
    expect(opened(two, { DEFAULT_TENANT_ID: "nile" }).tenants.default.id).toBe("nile");
  });

  test("are no object's own words", () => {
    const { tenants } = opened(two);
    for (const name of ["constructor", "__proto__", "toString"]) expect(tenants.of(name)).toBeUndefined();
  });

  test("make TWILIO_PHONE_NUMBER superfluous, which is said when it lists something else", () => {
    expect(opened(two, { TWILIO_PHONE_NUMBER: "+14155550199" }).warnings).toEqual([]);
    expect(opened(two, { TWILIO_PHONE_NUMBER: "+14155550199,+14155550150" }).warnings).toEqual([
      "TWILIO_PHONE_NUMBER is ignored, because there is a continuo.config.ts: list the number under a tenant's numbers there.",
    ]);
    expect(opened(two, { TWILIO_PHONE_NUMBER: "+14155550150" }).tenants.serving("+14155550150")).toBeUndefined();
  });

  test("bring resolvers along", () => {
    const { resolvers, tenants } = opened({ tenants: { acme: { resolver: "crm" } }, resolvers: { crm: nobody } });
    expect(resolvers).toEqual([{ name: "crm", resolver: nobody }]);
    expect(tenants.default.resolver).toBe("crm");
  });
});

describe("a file that is wrong", () => {
  test("is told of with everything at once", () => {
    const message = complaint({
      tenants: {
        acme: { numbers: ["+14155550199", "call me"], retentionDays: -1, number: "+14155550199" },
        beta: { numbers: ["+14155550150", "x"], agent: "ghost" },
        gamma: { numbers: ["+1 415 555 0150"] },
        delta: { chat: false },
      },
      tenant: {},
    });
    expect(message.split("\n").filter((line) => line.startsWith("  "))).toEqual([
      "  tenant is no setting; remove it, or correct its name",
      "  tenants.acme.retentionDays is -1; write a whole number from 0 to 36500",
      "  tenants.acme.number is no setting; remove it, or correct its name",
      '  tenants.beta.numbers[1] is "x"; write a number such as "+14155550100" or a short code of 3 to 8 digits',
      "  tenants.gamma.numbers has +14155550150 and so has tenants.beta; a number belongs to one tenant, once",
      "  tenants.delta cannot be reached; give it numbers, or a chat",
      '  tenants.beta.agent is "ghost", which no agent is called; agents.config.ts has customer-support, sales',
    ]);
  });

  test.each<readonly [unknown, readonly string[]]>([
    ["acme", ['the default export is "acme"; write: export default']],
    [{}, ["tenants is missing; write { acme: {"]],
    [{ tenants: {} }, ["tenants is empty; name at least one"]],
    [{ tenants: { acme: {} }, tenant: {} }, ["tenant is no setting; remove it, or correct its name"]],
    [{ tenants: { acme: {} }, resolvers: { crm: 1 } }, ["resolvers.crm is 1; write a function that takes"]],
    [{ tenants: { acme: {} }, resolvers: { phone: nobody } }, ["resolvers.phone is built in"]],
    [{ tenants: { acme: {} }, resolvers: { "Big CRM": nobody } }, ['resolvers["Big CRM"] cannot be named']],
    [{ tenants: { acme: 5 } }, ["tenants.acme is 5; write what the tenant has"]],
    [{ tenants: { "a b": {} } }, ['tenants["a b"] is no id; use letters']],
    [{ tenants: { acme: { numbers: "+14155550199" } } }, ['tenants.acme.numbers is "+14155550199"; write a list']],
    [
      { tenants: { acme: { numbers: [5] } } },
      ['tenants.acme.numbers[0] is 5; write a number such as "+14155550100", or {'],
    ],
    [{ tenants: { acme: { numbers: ["call me"] } } }, ['tenants.acme.numbers[0] is "call me"; write a number']],
    [{ tenants: { acme: { numbers: ["12"] } } }, ['tenants.acme.numbers[0] is "12"; write a number']],
    [
      { tenants: { acme: { numbers: [{ number: "+14155550199" }] } } },
      ["tenants.acme.numbers[0].agent is missing; write the name of an agent"],
    ],
    [
      { tenants: { acme: { retentionDays: 1.5, sessionTimeoutMinutes: 0 } } },
      [
        "tenants.acme.retentionDays is 1.5; write a whole number from 0 to 36500",
        "tenants.acme.sessionTimeoutMinutes is 0; write a whole number from 1 to 525600",
      ],
    ],
    [{ tenants: { acme: { number: "+14155550199" } } }, ["tenants.acme.number is no setting"]],
    [{ tenants: { acme: { country: "us" } } }, ['tenants.acme.country is "us"; write two letters in capitals']],
    [
      { tenants: { acme: { survey: "yes" } } },
      ['tenants.acme.survey is "yes"; write true, false, or { question, thanks }'],
    ],
    [{ tenants: { acme: { survey: { question: "Good?" } } } }, ["tenants.acme.survey.thanks is missing; write a text"]],
    [{ tenants: { acme: { chat: true } } }, ["tenants.acme.chat is true; write { origins: [] }, or false for no chat"]],
    [
      { tenants: { acme: { chat: { origins: ["https://shop.example.com/path", "shop", "ftp://x"] } } } },
      [
        'tenants.acme.chat.origins[0] is "https://shop.example.com/path"; write an origin',
        'tenants.acme.chat.origins[1] is "shop"; write an origin',
        'tenants.acme.chat.origins[2] is "ftp://x"; write an origin',
      ],
    ],
    [{ tenants: { acme: { rateLimit: { perMinute: 1 } } } }, ["tenants.acme.rateLimit.perDay is missing"]],
    [
      { tenants: { acme: { agent: "ghost", chat: { origins: [], agent: "spirit" } } } },
      [
        'tenants.acme.agent is "ghost", which no agent is called; agents.config.ts has customer-support, sales',
        'tenants.acme.chat.agent is "spirit"',
      ],
    ],
    [
      { tenants: { acme: { numbers: [{ number: "+14155550199", agent: "ghost" }] } } },
      ['tenants.acme.numbers[0].agent is "ghost"'],
    ],
    [
      { tenants: { acme: { numbers: ["+14155550199"] }, beta: { numbers: ["(415) 555-0199"] } } },
      ["tenants.beta.numbers has +14155550199 and so has tenants.acme; a number belongs to one tenant, once"],
    ],
    [
      { tenants: { acme: { numbers: ["+14155550199", "4155550199"] } } },
      ["tenants.acme.numbers has +14155550199 twice"],
    ],
    [{ tenants: { acme: { numbers: ["+14155550199"] }, beta: { chat: false } } }, ["tenants.beta cannot be reached"]],
  ])("%j is told of with what to do", (given, told) => {
    const message = complaint(given);
    for (const sentence of told) expect(message).toContain(sentence);
    expect(message).toContain(
      told.length === 1 ? "needs mending in one place" : `needs mending in ${told.length} places`,
    );
  });

  test("is told of together with what the environment says of its tenants", () => {
    const env = { DEFAULT_TENANT_ID: "gone", ADMIN_API_KEYS: "desk:viewer:lost:0123456789abcdef" };
    const message = complaint(two, env);
    expect(message).toContain('DEFAULT_TENANT_ID is "gone", which is no tenant here; name one of acme, nile');
    expect(message).toContain('ADMIN_API_KEYS has the key "desk" for "lost", which is no tenant here');
    expect(message).not.toContain("0123456789");
    expect(complaint(undefined, { ADMIN_API_KEYS: env.ADMIN_API_KEYS })).toContain('the key "desk" for "lost"');
  });
});

describe("the file", () => {
  test.each(["continuo.config.ts", "continuo.config.js", "continuo.config.mjs"])("is read as %s", async (name) => {
    const folder = await folderWith(name, `export default { tenants: { acme: { numbers: ["+14155550199"] } } };\n`);
    const found = await readContinuoConfig(folder);
    expect(found).toEqual({ file: name, given: { tenants: { acme: { numbers: ["+14155550199"] } } } });
  });

  test("may be missing", async () => {
    await expect(readContinuoConfig(await folderWith("other.ts", ""))).resolves.toBeUndefined();
  });

  test("that cannot be loaded says why", async () => {
    const folder = await folderWith("continuo.config.ts", `import "./missing.ts";\n`);
    await expect(readContinuoConfig(folder)).rejects.toThrow(
      /config_invalid: continuo.config.ts cannot be loaded: .*missing/u,
    );
  });

  test("that exports nothing by default is wrong, not absent", async () => {
    const found = await readContinuoConfig(await folderWith("continuo.config.ts", "export const tenants = {};\n"));
    const { config } = configFrom({});
    expect(() => openTenants(config, { found, agents })).toThrow("the default export is missing");
  });
});
