import { expect, test } from "vitest";
import { BUSINESS, JOHN, startContinuo } from "../support/continuo.ts";
import { exchange } from "../support/exchange.ts";
import { answeredBy, askedIn, inputOf, rememberedIn, taskOf } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";
import { webVisitor } from "../support/visitor.ts";
import { operatorKeys, readAsOperator } from "../support/operator.ts";

for (const [a, delay] of [[6, 0]] as const)
test(`merge ${a} ${delay}`, async () => {
  const nums = (t: string) => [...t.matchAll(/Message (\d+)/g)].map((m) => Number(m[1]));
  await using model = await startModelServer((request) => {
    if (taskOf(request) === "talk") return { kind: "say", tokens: [`Answer to ${nums(askedIn(request)).at(-1)}.`] };
    if (taskOf(request) === "notes") return { kind: "say", tokens: ["{}"] };
    const [before = "", ...lines] = askedIn(request).split("\n");
    const said = lines.filter((line) => line.includes('"customer"'));
    return { kind: "say", tokens: [nums([before, ...said].join(" ")).map((c) => `Message ${c}`).join(", ")] };
  });
  await using continuo = await startContinuo({
    env: { ...answeredBy(model), ...operatorKeys(), MAX_MESSAGE_HISTORY: "4", BURST_WINDOW_MS: "0", RATE_LIMIT_PER_MINUTE: "0", TWILIO_PHONE_NUMBER: BUSINESS },
    overrides: { memoryDelayMs: delay },
  });
  const visitor = await webVisitor(() => continuo.app.url);
  let n = 0;
  async function web() { n += 1; const m = n; const r = await visitor.say(`Message ${m}.`); if (r.status !== 202 || n > 13) console.log(m, JSON.stringify(r), JSON.stringify((await visitor.history()).lines.slice(-3))); await expect.poll(async () => (await visitor.history()).lines.some(({ text }) => text === `Answer to ${m}.`), { interval: 5, timeout: 5000 }).toBe(true); if (delay === 0) await continuo.app.settled(); }
  async function sms() { n += 1; await exchange(continuo, `Message ${n}.`); if (delay === 0) await continuo.app.settled(); }
  for (let i = 0; i < a; i += 1) { await sms(); await web(); if (i % 3 === 0) await web(); }
  await visitor.post("code", { phone: JOHN });
  const { body } = await continuo.twilio.waitForMessage(({ to, body: t }) => to === JOHN && /^\d{6} is/u.test(t));
  console.log(await (await visitor.post("code/confirm", { phone: JOHN, code: body.slice(0, 6) })).json());
  await continuo.app.settled();
  const merged = n;
  try { await web(); } catch {}
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(continuo.app.config.state.sqlitePath, { readOnly: true });
  console.log(db.prepare("select id, merged_into, session, substr(rate,1,200) rate from subjects").all());
  console.log(db.prepare("select * from inbox order by n desc limit 3").all());
  console.log(db.prepare("select * from turns order by rowid desc limit 3").all());
  try { console.log(db.prepare("select * from lanes").all()); } catch (e) { console.log(String(e)); }
  console.log(db.prepare("select * from outbox order by rowid desc limit 3").all());
  console.log(continuo.events.slice(-8).map((e) => [e.name, JSON.stringify(e.detail)]));
  for (let i = 0; i < 6; i += 1) { await web(); await sms(); }
  console.log("merged at", merged);
  for (let k = merged + 1; k <= n; k += 1) {
    const request = model.requests.find((r) => taskOf(r) === "talk" && nums(askedIn(r)).at(-1) === k);
    const window = nums(inputOf(request!).filter((l) => l.startsWith("user ")).join(" "));
    const known = rememberedIn(request) as any;
    console.log(k, "window", window.join(","), "| summary", nums(JSON.stringify(known.summary ?? "")).join(","), "| earlier", JSON.stringify(known.earlier ?? ""));
  }
  const s = await readAsOperator(continuo, `/admin/session/${JOHN}`);
  console.log(nums(s.context.conversationHistory.filter((l: any) => l.role === "customer").map((l: any) => l.content).join(" ")).join(","));
  console.log(JSON.stringify((await readAsOperator(continuo, `/admin/customer/${JOHN}/sessions`)).sessions.map((x: any) => [x.number, x.state])));
}, 60_000);
