import { expect, test } from "vitest";
import { JOHN, startContinuo } from "../support/continuo.ts";
import { answeredBy, askedIn, inputOf, rememberedIn, taskOf } from "../support/model-input.ts";
import { startModelServer, type SeenRequest } from "../support/model-server.ts";
import { askAsOperator, operatorKeys } from "../support/operator.ts";

function rng(seed: number) { let s = seed; return () => { s = (s * 1664525 + 1013904223) % 4294967296; return s / 4294967296; }; }

for (const seed of [3]) test(`random ${seed}`, async () => {
  const random = rng(seed * 7919);
  const failing = seed % 3 === 0;
  await using model = await startModelServer((request) => {
    if (taskOf(request) === "talk") {
      const n = /\d+/.exec(askedIn(request))?.[0];
      if (inputOf(request).at(-1)?.startsWith("user ") === true && Number(n) % 5 === 0) return { kind: "call", calls: [{ name: "lookup_order", arguments: '{"orderId":"ORD_12345"}' }] };
      return { kind: "say", tokens: [`Answer to ${n}.`] };
    }
    if (failing && random() < 0.3) return { kind: "fail", status: 500 };
    if (taskOf(request) === "notes") return { kind: "say", tokens: ['{"entities":{},"facts":[],"intent":null}'] };
    const given = askedIn(request);
    const [first = "", ...rest] = given.split("\n");
    const before = [...first.matchAll(/M(\d+)/g)].map((m) => m[1]);
    const now = rest.flatMap((line) => /"who":"customer"/.test(line) ? [...line.matchAll(/Message (\d+)/g)].map((m) => m[1]) : []);
    return { kind: "say", tokens: [[...before, ...now].map((n) => `M${n}`).join(" ")] };
  });
  await using continuo = await startContinuo({
    env: { ...answeredBy(model), ...operatorKeys(), MAX_MESSAGE_HISTORY: "4", BURST_WINDOW_MS: "0", RATE_LIMIT_PER_MINUTE: "0", RATE_LIMIT_PER_DAY: "0" },
    overrides: { memoryDelayMs: seed % 2 === 0 ? 0 : 40 }, speed: 60,
  });
  const sessionOf: number[] = [];
  let session = 1;
  let call: Awaited<ReturnType<ReturnType<typeof continuo.customer>["call"]>> | undefined;
  for (let n = 1; n <= 100; n += 1) {
    const r = random();
    if (r < 0.06) { 
      if (call) { await call.hangUp(); call = undefined; }
      await continuo.quiet();
      const done = await askAsOperator(continuo, { method: "POST", path: `/admin/customer/${encodeURIComponent(JOHN)}/close` });
      if (done.ok && ((await done.json()) as any).changed) session += 1;
    } else if (r < 0.09) { if (call) { await call.hangUp(); call = undefined; } await continuo.quiet(); await continuo.restart(); }
    sessionOf[n] = session;
    const words = `Message ${n} here`;
    const way = random();
    if (call === undefined && way < 0.1) { call = await continuo.customer().call(); await call.hear(); }
    if (call !== undefined) { await call.say(words); await call.hear(); if (random() < 0.4) { await call.hangUp(); call = undefined; await continuo.quiet(); } }
    else {
      if (way < 0.5) await continuo.customer().text(words); else await continuo.customer().whatsapp(words);
      await expect.poll(() => continuo.twilio.requests.entries.some((e) => JSON.stringify(e.form).includes(`Answer to ${n}.`)), { interval: 3, timeout: 8000 }).toBe(true);
    }
  }
  if (call) await call.hangUp();
  await continuo.quiet();
  const problems: string[] = [];
  for (let n = 1; n <= 100; n += 1) {
    const request = model.requests.find((q: SeenRequest) => taskOf(q) === "talk" && askedIn(q) === `Message ${n} here`);
    if (!request) { problems.push(`no ${n}`); continue; }
    const known = rememberedIn(request) as any;
    const summary = [...String(known.summary ?? "").matchAll(/M(\d+)|Message (\d+)/g)].map((m) => Number(m[1] ?? m[2]));
    const window = inputOf(request).flatMap((l) => { const m = /^user Message (\d+)/.exec(l); return m ? [Number(m[1])] : []; });
    const wanted = []; for (let k = 1; k <= n; k += 1) if (sessionOf[k] === sessionOf[n]) wanted.push(k);
    const all = [...summary, ...window];
    if (JSON.stringify(all) !== JSON.stringify(wanted)) problems.push(`${n} (s${sessionOf[n]}) ${failing ? JSON.stringify(known.summary) : ""}: summary ${summary} | window ${window} | wanted ${wanted}`);
    if (window.length > 8) problems.push(`${n}: window ${window.length}`);
    const lines = inputOf(request);
    lines.forEach((l, at) => { if (l.startsWith("call ") && !lines[at + 1]?.startsWith("result ")) problems.push(`${n} pair`); });
  }
  console.log(seed, "sessions", session, problems.length, problems.slice(0, 8).join("\n"));
  expect(problems).toEqual([]);
}, 120_000);
