import { expect, test } from "vitest";
import { crashingAgent } from "../support/agent-files.ts";
import { answeredBy, askedSince } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";
import { JOHN, startServerProcess } from "../support/server-process.ts";

const other = "+14155550123";

test("a text that brings the server down each time is given up in the end, and takes nobody along", async () => {
  await using model = await startModelServer((request) => {
    const said = askedSince(request);
    if (said.includes("poison")) return { kind: "call", calls: [{ name: "crash", arguments: "{}" }] };
    return { kind: "say", tokens: [`Re: ${said.at(-1) ?? ""}`] };
  });
  await using server = await startServerProcess({
    env: { ...answeredBy(model), BURST_WINDOW_MS: "1000" },
    files: crashingAgent,
  });
  const john = server.customer();
  // Both are bound to one turn, which kills the server.
  await john.text("hello");
  await john.text("poison");
  await server.ended();
  let starts = 1;
  while (!server.twilio.messagesTo(JOHN).some((message) => message.body.startsWith("I am sorry"))) {
    starts += 1;
    expect(starts).toBeLessThan(10);
    await server.start();
    await Promise.race([
      server.ended(),
      server.twilio.waitForMessage((message) => message.body.startsWith("I am sorry"), { timeoutMs: 20_000 }),
    ]);
  }
  // The harmless text was answered by itself, and the other got the truth, once; everybody else is served.
  expect(server.twilio.messagesTo(JOHN).map((message) => message.body)).toEqual([
    "Re: hello",
    "I am sorry, I crashed.",
  ]);
  await server.customer(other).text("and me?");
  await server.twilio.waitForMessage((message) => message.to === other && message.body === "Re: and me?");
  await server.waitForOutput(/"escalation"/u);
  await john.text("again");
  await server.twilio.waitForMessage((message) => message.body === "Re: again");
}, 120_000);
