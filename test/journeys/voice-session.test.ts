import { expect, test } from "vitest";
import { JOHN, startContinuo } from "../support/continuo.ts";
import { answeredBy, askedIn, saidTo, taskOf } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";
import { askAsOperator, operatorKeys } from "../support/operator.ts";

test("a caller whose session is closed goes on in the next one, and is not forgotten from word to word", async () => {
  await using model = await startModelServer((request) => ({ kind: "say", tokens: [`Heard: ${askedIn(request)}.`] }));
  await using continuo = await startContinuo({ env: { ...answeredBy(model), ...operatorKeys() } });
  await using call = await continuo.customer().call();
  await call.hear();
  await call.say("The lamp is broken");
  await call.hear();
  const path = `/admin/customer/${encodeURIComponent(JOHN)}/close`;
  expect((await askAsOperator(continuo, { method: "POST", path })).status).toBe(200);

  for (const words of ["Now to the parcel", "It is late", "When does it come"]) {
    await call.say(words);
    expect((await call.hear()).text).toBe(`Heard: ${words}.`);
  }
  const talks = model.requests.filter((request) => taskOf(request) === "talk").map(saidTo);
  expect(talks.at(-1)).toEqual(["Now to the parcel", "It is late", "When does it come"]);
});
