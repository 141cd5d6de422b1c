import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtInAgents, readAgentsConfig, type AgentsConfig } from "./agents-config.ts";
import { defineAgent } from "./define-agent.ts";
import { agentRegistry, type BrokenAgent } from "./registry.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "continuo-agents-"));
  await writeFile(path.join(folder, "good.mjs"), sourceOf("good"));
  await writeFile(path.join(folder, "other.mjs"), sourceOf("other"));
  await writeFile(path.join(folder, "broken.mjs"), "throw new Error('broken');\n");
  await writeFile(path.join(folder, "empty.mjs"), "export const nothing = 1;\n");
});
afterAll(() => rm(folder, { recursive: true }));

function sourceOf(name: string): string {
  return `export const agent = { name: "${name}", instructions: "", tools: [], greeting: "", apology: "", stuck: "", language: "en" };\n`;
}

function registryOf(agents: AgentsConfig["agents"], defaultAgent = "good") {
  const alarms: BrokenAgent[] = [];
  const base = pathToFileURL(path.join(folder, "agents.config.mjs")).href;
  const registry = agentRegistry({ config: { defaultAgent, agents }, base }, (broken) => {
    alarms.push(broken);
  });
  return { registry, alarms };
}

test("an agent is loaded when it is first asked for, and once", async () => {
  const { registry } = registryOf({ good: "./good.mjs", other: "./other.mjs" });
  expect(registry.list()).toEqual(["good", "other"]);
  const [first, second] = await Promise.all([registry.get("other"), registry.get("other")]);
  expect(first).toBe(second);
  expect(first.name).toBe("other");
});

test.each(["broken", "empty", "unknown", "__proto__", "constructor"])(
  "the agent %s is replaced by the default one, with one alarm",
  async (name) => {
    const { registry, alarms } = registryOf({ good: "./good.mjs", broken: "./broken.mjs", empty: "./empty.mjs" });
    expect((await registry.get(name)).name).toBe("good");
    expect((await registry.get(name)).name).toBe("good");
    expect(alarms.map((alarm) => alarm.agent)).toEqual([name]);
  },
);

test("a broken default agent is an error", async () => {
  const { registry } = registryOf({ good: "./broken.mjs", other: "./other.mjs" });
  await expect(registry.getDefault()).rejects.toMatchObject({ code: "agent_not_found" });
  expect((await registry.get("other")).name).toBe("other");
});

test("agents may be given themselves, beside files; what is none is replaced with an alarm", async () => {
  const given = defineAgent({ name: "given", instructions: "", tools: [], greeting: "", apology: "", language: "en" });
  const { registry, alarms } = registryOf({ good: given, other: "./other.mjs", none: { name: "none" } as never });
  expect(registry.defaultName).toBe("good");
  expect(await registry.getDefault()).toBe(given);
  expect((await registry.get("other")).name).toBe("other");
  expect(await registry.get("none")).toBe(given);
  expect(alarms.map((alarm) => alarm.agent)).toEqual(["none"]);
});

test("a folder without a configuration has the agents that come along", async () => {
  expect(await readAgentsConfig(folder)).toBe(builtInAgents);
  const registry = agentRegistry(builtInAgents, () => undefined);
  expect((await registry.getDefault()).name).toBe("customer-support");
});

test("the project's own configuration names agents that load", async () => {
  const located = await readAgentsConfig(path.resolve(import.meta.dirname, "../.."));
  const alarms: BrokenAgent[] = [];
  const registry = agentRegistry(located, (broken) => {
    alarms.push(broken);
  });
  await Promise.all(registry.list().map((name) => registry.get(name)));
  expect(alarms).toEqual([]);
});

test("a configuration that does not list its default is refused", async () => {
  const wrong = await mkdtemp(path.join(tmpdir(), "continuo-wrong-"));
  await writeFile(path.join(wrong, "agents.config.mjs"), "export default { defaultAgent: 'a', agents: {} };\n");
  await expect(readAgentsConfig(wrong)).rejects.toMatchObject({ code: "config_invalid" });
  await rm(wrong, { recursive: true });
});
