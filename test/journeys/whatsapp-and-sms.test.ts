import { expect, test } from "vitest";
import { itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { answeredBy } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";

test("SMS and WhatsApp from one number are one conversation, and each is answered where it was written", async () => {
  await using continuo = await startContinuo();
  const john = continuo.customer();
  await john.text("Hi, where is my order ORD_12345?");
  const first = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  expect(first.from).toBe("+14155550199");

  await john.whatsapp("And what is its tracking number?");
  const second = await continuo.twilio.waitForMessage((message) => message.to === `whatsapp:${JOHN}`);
  expect(second.from).toBe("whatsapp:+14155550199");
  expect(second.body).toContain("TRK_ABC123");

  await john.text("Thank you");
  await continuo.twilio.waitForMessage((message) => message.to === JOHN && message !== first);
  const channels = itemsOf(await continuo.record()).flatMap((item) =>
    item.kind === "customer" || item.kind === "agent" ? [`${item.kind} ${item.channel}`] : [],
  );
  expect(channels).toEqual([
    "customer sms",
    "agent sms",
    "customer whatsapp",
    "agent whatsapp",
    "customer sms",
    "agent sms",
  ]);
});

test("who writes by WhatsApp sees that a reply is being written, who writes an SMS does not", async () => {
  await using continuo = await startContinuo();
  const john = continuo.customer();
  const messageSid = `SM${"b".repeat(32)}`;
  await john.text("Hello");
  await continuo.quiet();
  await john.whatsapp("Hello again", { messageSid });
  await continuo.twilio.waitForMessage((message) => message.to === `whatsapp:${JOHN}`);
  await continuo.twilio.requests.wait((request) => request.path === "/v2/Indicators/Typing.json");
  const shown = continuo.twilio.requests.entries.filter((request) => request.path === "/v2/Indicators/Typing.json");
  expect(shown.map((request) => request.form)).toEqual([{ channel: "whatsapp", messageId: messageSid }]);
});

test("WhatsApp can have a webhook of its own", async () => {
  await using continuo = await startContinuo();
  expect(await continuo.customer().whatsapp("Where is ORD_12345?", { path: "/whatsapp" })).toMatchObject({
    status: 200,
  });
  const reply = await continuo.twilio.waitForMessage((message) => message.to === `whatsapp:${JOHN}`);
  expect(reply.body).toContain("UPS");
});

test.each(["text", "whatsapp"] as const)(
  "of a picture with words by %s the words are answered and the rest is honestly declined",
  async (way) => {
    await using continuo = await startContinuo();
    const media = [{ contentType: "image/jpeg", url: "https://api.twilio.com/2010-04-01/media/ME1" }];
    await continuo.customer()[way]("Where is ORD_12345? See the picture", { media });
    const reply = await continuo.twilio.waitForMessage((message) => message.to.endsWith(JOHN));
    expect(reply.body).toContain("UPS");
    expect(reply.body).toMatch(/picture|photo|image|attachment|file/iu);
    expect(reply.body).toMatch(/can(?:no|['’])t|unable/iu);
    expect(itemsOf(await continuo.record())[0]).toMatchObject({ kind: "customer", media: ["image/jpeg"] });
  },
);

test("a picture without a word gets an honest answer", async () => {
  await using continuo = await startContinuo();
  const media = [{ contentType: "image/jpeg", url: "https://api.twilio.com/2010-04-01/media/ME1" }];
  await continuo.customer().text("", { media });
  const reply = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  expect(reply.body).toMatch(/can(?:no|['’])t|unable/iu);
});

test("a model is told that something came along that it cannot see", async () => {
  await using model = await startModelServer(() => ({ kind: "say", tokens: ["I cannot see it."] }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const media = [{ contentType: "audio/ogg", url: "https://api.twilio.com/2010-04-01/media/ME1" }];
  await continuo.customer().whatsapp("Listen to this", { media });
  const request = await model.request(1);
  expect(JSON.stringify(request.body)).toMatch(/1 attachment came along, audio\/ogg, which cannot be opened here/u);
});
