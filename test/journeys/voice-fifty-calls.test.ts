import { expect, test } from "vitest";
import { startContinuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import { answeredBy, askedIn, inputOf, saidOn, tokensOf } from "../support/voice.ts";

test("fifty people call at once, and each hears the answers to what they said", async () => {
  await using model = await startModelServer((request) => ({
    kind: "say",
    tokens: tokensOf(`You said: ${askedIn(request)}`),
    firstMs: 20,
    gapMs: 5,
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const people = Array.from({ length: 50 }, (_one, place) => place);

  await Promise.all(
    people.map(async (place) => {
      const name = `caller ${place}`;
      const call = await continuo.customer(`+1415555${String(2000 + place)}`).call();
      await call.hear();
      for (const turn of ["one", "two", "three"]) {
        const words = `this is ${name}, turn ${turn}.`;
        await call.say(words);
        expect(await call.hear()).toMatchObject({ text: `You said: ${words}`, fate: "whole" });
      }
      await call.hangUp();
      expect(saidOn(call)).toHaveLength(3);
    }),
  );

  expect(model.requests).toHaveLength(150);
  for (const request of model.requests) {
    const names = inputOf(request).flatMap((line) => /caller \d+/u.exec(line)?.[0] ?? []);
    expect(new Set(names).size).toBe(1);
  }
  await continuo.quiet();
  expect(continuo.twilio.requests.entries).toEqual([]);
}, 60_000);
