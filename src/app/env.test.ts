import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ContinuoError } from "../core/errors.ts";
import { configFrom } from "./config.ts";
import { envExample } from "./env-example.ts";
import { envSchema, isSetting, notesOf } from "./env-schema.ts";
import { checkEnv, processEnv, readEnv } from "./env.ts";

const sid = `AC${"0".repeat(32)}`;
const twilio = {
  TWILIO_ACCOUNT_SID: sid,
  TWILIO_AUTH_TOKEN: "t".repeat(32),
  PUBLIC_URL: "https://support.example.com/",
};

describe("an empty environment", () => {
  test("is a complete configuration in which the simulator plays Twilio", () => {
    const { config, warnings } = configFrom({});
    expect(warnings).toEqual([]);
    expect(config.server).toMatchObject({ port: 3001, host: "0.0.0.0", limits: { perMinute: 20, perDay: 200 } });
    expect(config.twilio.mode).toBe("simulator");
    expect(config.model).toMatchObject({ name: "gpt-4o-mini", maxTurns: 10, streamTimeoutMs: 30_000, tracing: false });
    expect(config.conversation).toMatchObject({ burstWindowMs: 1200, windowTurns: 20 });
    expect(config.conversation).toMatchObject({
      idleMs: 30 * 60_000,
      closeMs: 24 * 3_600_000,
      retentionDays: 30,
      survey: false,
    });
    expect(config.identity).toMatchObject({ tenant: "default", resolver: "phone" });
    expect(config.server.apiKeys).toEqual([]);
  });

  test("gives the simulator another token at every start", () => {
    const tokens = [configFrom({}), configFrom({})].map(({ config }) => config.twilio.authTokens[0]);
    expect(tokens[0]).toMatch(/^[0-9a-f]{32}$/u);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  test("is what settings made of nothing but spaces amount to", () => {
    expect(configFrom({ PORT: " ", OPENAI_API_KEY: "", TWILIO_ACCOUNT_SID: "" }).config.server.port).toBe(3001);
  });
});

describe("wrong settings", () => {
  test("are all told at once, with key, value, expectation and remedy", () => {
    const raw = {
      PORT: "eighty",
      LOG_LEVEL: "loud",
      DEFAULT_COUNTRY: "XX",
      BURST_WINDOW_MS: "-1",
      PERSISTENCE_ADAPTER: "redis",
    };
    const reading = checkEnv(raw);
    const keys = reading.kind === "invalid" ? reading.problems.map((problem) => problem.key) : [];
    expect(keys.toSorted()).toEqual(Object.keys(raw).toSorted());
    expect(() => readEnv(raw)).toThrow(ContinuoError);
    expect(() => readEnv(raw)).toThrow(
      /PORT\n {4}given {5}"eighty"\n {4}expected {2}a whole number from 0 to 65535\n {4}mend {6}PORT=3001/u,
    );
  });

  test.each([
    ["PORT", "65536"],
    ["PORT", "1e3"],
    ["HOST", "a b"],
    ["OPENAI_BASE_URL", "localhost:80"],
    ["OPENAI_BASE_URL", "http://user:secret@localhost"],
    ["PUBLIC_URL", "https://example.com/?x=1"],
    ["TWILIO_PHONE_NUMBER", "+14155550100,call me"],
    ["TRACING_ENABLED", "maybe"],
    ["MAX_TURNS", "0"],
    ["DEFAULT_TENANT_ID", "../other"],
    ["SESSION_TIMEOUT_MINUTES", "0"],
    ["SESSION_CLOSE_HOURS", "1.5"],
    ["RETENTION_DAYS", "-1"],
    ["SURVEY", "ask them"],
    ["SUBJECT_RESOLVER", "../crm"],
    ["CRM_BASE_URL", "crm.example.com"],
  ])("%s=%s is refused", (key, value) => {
    const reading = checkEnv({ [key]: value });
    expect(reading.kind === "invalid" ? reading.problems.map((problem) => problem.key) : []).toEqual([key]);
  });

  test("never show a secret", () => {
    const reading = checkEnv({ ...twilio, TWILIO_AUTH_TOKEN: "ge heim" });
    expect(JSON.stringify(reading)).not.toContain("heim");
    expect(reading).toMatchObject({ kind: "invalid", problems: [{ key: "TWILIO_AUTH_TOKEN" }] });
  });

  test.each(["DATABASE_URL", "ENCRYPTION_KEY", "POSTGRES_HOST"])(
    "%s stops the start, because its effect would be missed",
    (key) => {
      const reading = checkEnv({ [key]: "postgres://user:secret@db/x" });
      expect(reading).toMatchObject({ kind: "invalid", problems: [{ key }] });
      expect(JSON.stringify(reading)).not.toContain("secret@");
    },
  );
});

describe("the keys of the API", () => {
  const secret = "0123456789abcdef";

  test("are read with name, role and tenant, and only their hashes go on", () => {
    const hash = createHash("sha256").update("another:secret:with:colons").digest("hex");
    const { config } = configFrom({
      ADMIN_API_KEYS: `desk:operator:acme:${secret}, root@example.com:admin:*:sha256=${hash.toUpperCase()},`,
    });
    expect(config.server.apiKeys).toEqual([
      {
        name: "desk",
        role: "operator",
        tenant: "acme",
        hash: createHash("sha256").update(secret).digest("hex"),
      },
      { name: "root@example.com", role: "admin", tenant: undefined, hash },
    ]);
    expect(JSON.stringify(config)).not.toContain(secret);
  });

  test.each([
    [secret, "entry 1 is not of the form name:role:tenant:secret"],
    [`a:admin:*:${secret},b:admin:*`, "entry 2 is not of the form name:role:tenant:secret"],
    [`a b:admin:*:${secret}`, "entry 1 has a name of other characters than letters, digits, . @ _ and -"],
    [`:admin:*:${secret}`, "entry 1 has a name of other characters than letters, digits, . @ _ and -"],
    [`a:boss:*:${secret}`, "entry 1 has a role that is none of viewer, operator, supervisor, admin"],
    [`a:admin:**:${secret}`, "entry 1 names no tenant (its id, or * for every one)"],
    [`a:admin:*:${secret.slice(1)}`, "entry 1 has a secret of fewer than 16 characters"],
    [`a:admin:*:${secret} geheim`, "entry 1 has a secret with spaces or characters beyond ASCII"],
    [`a:admin:*:sha256=${secret}`, "entry 1 has a sha256= that is not followed by 64 hexadecimal digits"],
    [`a:admin:*:${secret},b:viewer:*:${secret}`, "entry 2 has the secret of entry 1"],
    [`a:admin:*:${secret},a:viewer:*:${secret}x`, "entry 2 has the name of entry 1"],
    [",", "there is no entry in it"],
    [`a:boss:*:${secret},b:admin:?:${secret}`, "entry 2 names no tenant (its id, or * for every one)"],
  ])("that are wrong are told by their place, and nothing of them is shown", (value, told) => {
    const reading = checkEnv({ ADMIN_API_KEYS: value });
    expect(reading).toMatchObject({ kind: "invalid", problems: [{ key: "ADMIN_API_KEYS" }] });
    expect(JSON.stringify(reading)).toContain(told);
    expect(JSON.stringify(reading)).not.toContain(secret.slice(1));
    expect(() => readEnv({ ADMIN_API_KEYS: value })).toThrow(told);
  });
});

describe("the resolver", () => {
  test("that asks the customer database needs its address", () => {
    expect(checkEnv({ SUBJECT_RESOLVER: "crm", CRM_API_KEY: "k" })).toMatchObject({
      kind: "invalid",
      problems: [{ key: "CRM_BASE_URL", given: "nothing" }],
    });
    const { config } = configFrom({
      SUBJECT_RESOLVER: "crm",
      CRM_BASE_URL: "https://crm.example.com/",
      CRM_API_KEY: "k",
    });
    expect(config.identity).toMatchObject({
      resolver: "crm",
      crm: { baseUrl: "https://crm.example.com", apiKey: "k" },
    });
  });

  test("may have any name, because it may be registered", () => {
    expect(configFrom({ SUBJECT_RESOLVER: "salesforce" }).config.identity.resolver).toBe("salesforce");
  });
});

describe("with Twilio credentials", () => {
  test("the address loses its last slash and may have a path", () => {
    expect(configFrom(twilio).config.server.publicUrl).toBe("https://support.example.com");
    expect(configFrom({ ...twilio, PUBLIC_URL: "https://example.com/twilio/" }).config.server.publicUrl).toBe(
      "https://example.com/twilio",
    );
  });

  test("the auth token and the public address are required, also when an API key is there", () => {
    const reading = checkEnv({
      TWILIO_ACCOUNT_SID: sid,
      TWILIO_API_KEY_SID: `SK${"1".repeat(32)}`,
      TWILIO_API_KEY_SECRET: "s".repeat(32),
    });
    const keys = reading.kind === "invalid" ? reading.problems.map((problem) => problem.key) : [];
    expect(keys).toEqual(["TWILIO_AUTH_TOKEN", "PUBLIC_URL"]);
  });

  test("plain http is refused", () => {
    expect(checkEnv({ ...twilio, PUBLIC_URL: "http://support.example.com" })).toMatchObject({
      problems: [{ key: "PUBLIC_URL" }],
    });
  });

  test.each(["http://127.0.0.1:3001", "http://localhost:3001", "http://[::1]:3001"])(
    "plain http is let through on this machine, with a warning: %s",
    (url) => {
      const { config, warnings } = configFrom({ ...twilio, PUBLIC_URL: url, TWILIO_PHONE_NUMBER: "+14155550199" });
      expect(config.server.publicUrl).toBe(url);
      expect(warnings.join("\n")).toContain("Twilio itself cannot reach");
    },
  );

  test("half an API key is refused", () => {
    expect(checkEnv({ ...twilio, TWILIO_API_KEY_SID: `SK${"1".repeat(32)}` })).toMatchObject({
      problems: [{ key: "TWILIO_API_KEY_SECRET" }],
    });
  });

  test("the API key sends and both auth tokens are accepted", () => {
    const { config } = configFrom({
      ...twilio,
      TWILIO_API_KEY_SID: `SK${"1".repeat(32)}`,
      TWILIO_API_KEY_SECRET: "s".repeat(32),
      TWILIO_AUTH_TOKEN_SECONDARY: "u".repeat(32),
      TWILIO_PHONE_NUMBER: "+14155550199, +14155550198",
    });
    expect(config.twilio).toMatchObject({
      mode: "twilio",
      authTokens: ["t".repeat(32), "u".repeat(32)],
      rest: { username: `SK${"1".repeat(32)}`, password: "s".repeat(32) },
      numbers: ["+14155550199", "+14155550198"],
    });
  });

  test("unsigned requests cannot be allowed", () => {
    expect(checkEnv({ ...twilio, ALLOW_UNSIGNED: "true", HOST: "127.0.0.1" })).toMatchObject({
      problems: [{ key: "ALLOW_UNSIGNED" }],
    });
  });
});

describe("unsigned requests", () => {
  test("are only allowed on loopback, and shouted about", () => {
    expect(checkEnv({ ALLOW_UNSIGNED: "true" })).toMatchObject({
      kind: "invalid",
      problems: [{ key: "ALLOW_UNSIGNED", mend: "HOST=127.0.0.1" }],
    });
    const { config, warnings } = configFrom({ ALLOW_UNSIGNED: "true", HOST: "127.0.0.1" });
    expect(config.server.allowUnsigned).toBe(true);
    expect(warnings).toContainEqual(expect.stringContaining("NOT checked"));
  });
});

describe("names", () => {
  test("that are old still work, with a warning", () => {
    const { config, warnings } = configFrom({
      PORT_VOICE: "4000",
      TWILIO_WEBSOCKET_URL: "wss://voice.example.com/relay",
    });
    expect(config.server).toMatchObject({ port: 4000, publicUrl: "https://voice.example.com" });
    expect(warnings.join("\n")).toContain("PORT_VOICE is an old name: call it PORT.");
    expect(warnings.join("\n")).toContain("set PUBLIC_URL=https://voice.example.com");
  });

  test("that are old lose to the new ones", () => {
    const { config, warnings } = configFrom({ PORT_VOICE: "4000", PORT: "5000" });
    expect(config.server.port).toBe(5000);
    expect(warnings).toEqual(["PORT_VOICE is an old name and is ignored, because PORT is set."]);
  });

  test("that have no effect yet say so", () => {
    const { config, warnings } = configFrom({ START_CHANNELS: "true", CRM_BASE: "https://crm.example.com" });
    expect(warnings).toEqual([
      "CRM_BASE is an old name: call it CRM_BASE_URL.",
      "START_CHANNELS has no effect: every channel is always on, on one port.",
    ]);
    expect(config.identity.crm).toEqual({ baseUrl: "https://crm.example.com", apiKey: undefined });
  });

  test.each([
    ["TWILIO_AUTHTOKEN", "TWILIO_AUTH_TOKEN"],
    ["OPENAI_APIKEY", "OPENAI_API_KEY"],
    ["PUBLIC_URI", "PUBLIC_URL"],
    ["TWILIO_ACOUNT_SID", "TWILIO_ACCOUNT_SID"],
  ])("that look like a slip get a suggestion: %s", (slip, meant) => {
    expect(configFrom({ [slip]: "x" }).warnings).toEqual([`${slip} is not a setting. Is ${meant} meant?`]);
  });

  test("of the rest of the machine are left alone", () => {
    const others = {
      PATH: "/bin",
      HOME: "/root",
      HOSTNAME: "box",
      LANG: "C",
      npm_config_user_agent: "npm",
      OPENAI_ORG_ID: "org",
    };
    expect(configFrom(others).warnings).toEqual([]);
  });
});

describe("the .env file", () => {
  test("is read, and real variables win over it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "continuo-env-"));
    const file = join(folder, ".env");
    await writeFile(file, 'AGENT_MODEL="from-file"\nPATH=nowhere\n');
    const env = processEnv(file);
    expect(env["AGENT_MODEL"]).toBe("from-file");
    expect(env["PATH"]).toBe(process.env["PATH"]);
    await rm(folder, { recursive: true });
  });

  test("has an example in the repository that is made from the schema", async () => {
    const committed = await readFile(new URL("../../.env.example", import.meta.url), "utf8");
    expect(committed, "run: npx continuo init --env-example > .env.example").toBe(envExample());
  });

  test("has a sentence for every setting", () => {
    for (const name of Object.keys(envSchema.shape).filter(isSetting))
      expect(notesOf(name).about, name).toMatch(/^[A-Z].{15,}\.$/u);
  });
});
