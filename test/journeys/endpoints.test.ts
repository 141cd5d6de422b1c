import { expect, test } from "vitest";
import { startContinuo } from "../support/continuo.ts";

test("health, readiness and the short status are open to everybody and tell no secrets", async () => {
  await using continuo = await startContinuo();
  const { url } = continuo.app;
  const health = await fetch(`${url}/health`);
  expect(health.status).toBe(200);
  expect(await health.json()).toEqual({
    status: "ok",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
    version: expect.stringMatching(/^\d+\.\d+\.\d+/u),
  });

  const ready = await fetch(`${url}/ready`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ status: "ready", checks: [{ name: "ledger", ok: true }] });

  const status = await fetch(`${url}/status`);
  const text = await status.text();
  expect(JSON.parse(text)).toMatchObject({
    mode: "twilio",
    model: { offline: true, note: expect.stringContaining("not a language model") },
    agents: ["customer-support"],
    channels: ["sms", "whatsapp", "voice", "web"],
    resolver: "phone",
  });
  expect(text).not.toContain(continuo.line.authToken);
  expect(text).not.toContain(continuo.line.accountSid);
});

test("what is not there is not found, as a problem of RFC 9457", async () => {
  await using continuo = await startContinuo();
  const missing = await fetch(`${continuo.app.url}/admin`);
  expect(missing.status).toBe(404);
  expect(missing.headers.get("content-type")).toBe("application/problem+json");
  expect(await missing.json()).toMatchObject({ status: 404, code: "not_found" });
});
