import { expect, test } from "vitest";
import { startModelServer } from "../support/model-server.ts";
import { JOHN, startServerProcess } from "../support/server-process.ts";

test("a log at its most talkative names nobody and repeats nothing that was said", async () => {
  await using model = await startModelServer((_request, number) =>
    number === 2
      ? { kind: "fail", status: 400, code: "invalid_value", message: "Invalid content: 'Kumquat again'" }
      : { kind: "say", tokens: ["Marmalade ", "it is."] },
  );
  await using server = await startServerProcess({
    env: {
      LOG_LEVEL: "debug",
      OPENAI_API_KEY: "sk-test-secret-key",
      OPENAI_BASE_URL: model.url,
      RATE_LIMIT_PER_MINUTE: "4",
    },
  });
  const john = server.customer();
  const { twilio } = server;
  await john.text("My favourite is Kumquat");
  await twilio.waitForMessage((message) => message.to === JOHN);
  twilio.plan({ kind: "answer", status: 400, code: 21_211 });
  await john.text("Kumquat again, and the model fails");
  await server.waitForOutput(/"turn_failed"/u);
  await server.waitForOutput(/"message_undelivered"/u);
  await john.whatsapp("Kumquat by another way", { form: { ProfileName: "Bartholomew" } });
  await twilio.waitForMessage((message) => message.to === `whatsapp:${JOHN}`);
  // What is refused is logged too.
  await john.text("Kumquat, unsigned", { token: null });
  await john.text("Kumquat, malformed", { form: { MessageSid: "Kumquat" } });
  await server.waitForOutput(/"request_refused".*\n[^]*"request_refused"|(?:request_refused[^]*){2}/u);
  await john.text("STOP");
  await john.text("START");
  await john.text("Kumquat, one too many");
  await john.text("Kumquat, two too many");
  await server.waitForOutput(/"message_limited"/u);
  const call = await john.call();
  await call.hear();
  await call.say("Kumquat, spoken");
  await call.hear();
  await call.hangUp();
  await server.waitForOutput(/"call_ended"/u);
  await server.stop();

  const log = server.output();
  expect(log).toContain("turn_settled");
  for (const said of ["Kumquat", "Marmalade", "Bartholomew"]) expect(log).not.toContain(said);
  for (const digits of ["4155550100", "555-0100", "5550100"]) expect(log).not.toContain(digits);
  expect(log).not.toContain("sk-test-secret-key");
  expect(log).not.toContain(server.line.authToken);
}, 60_000);
