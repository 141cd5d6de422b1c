import { expect, test } from "vitest";
import { agent } from "../../../examples/real-estate/agent.ts";
import { offlineTalk, type OfflineTalk } from "../../../test/support/offline-talk.ts";
import type { MemoryView } from "../../core/memory.ts";
import { nothingKnown } from "../memory/memory-block.ts";

function talk(entities: MemoryView["entities"] = {}): OfflineTalk {
  return offlineTalk("+201001234567", { ...nothingKnown, entities }, agent);
}

test("wishes are searched for at once, and what is open is asked for", async () => {
  const { text, tools } = await talk().say("hi, I'm looking for a villa");
  expect(tools).toEqual(["search_properties"]);
  expect(text).toMatch(/^I found 2, the least expensive first: a 4-bedroom villa in Sheikh Zayed/u);
  expect(text).toMatch(/Where should it be\?$/u);
});

test("a search goes by what is noted as well", async () => {
  const { text } = await talk({ location: "Maadi", budget: 3_000_000 }).say("any 3 bedroom flats?");
  expect(text).toBe(
    "I found one: a 3-bedroom apartment in Maadi with 140 square metres for 2,700,000 EGP, number MA-101.",
  );
});

test("a search goes by what was just said, also before it is noted", async () => {
  const customer = talk();
  await customer.say("something in New Cairo please");
  await customer.say("3");
  const { text } = await customer.say("around 3 million");
  expect(text).toContain("a 3-bedroom apartment in New Cairo");
  expect(text).toContain("NC-101");
  expect(text).not.toContain("NC-102");
});

test("what is newer counts", async () => {
  const { text } = await talk({ location: "Maadi", property_type: "apartment", bedrooms: 3 }).say(
    "rather in New Cairo, with a budget of 3m",
  );
  expect(text).toContain("NC-101");
});

test("when nothing fits, that is said", async () => {
  const { text } = await talk().say("a penthouse in Zamalek for 1 million EGP");
  expect(text).toContain("no home that fits");
});

test("somebody who only wants to see something is asked what", async () => {
  const { text, tools } = await talk().say("what do you have?");
  expect(tools).toEqual([]);
  expect(text).toBe("Gladly. Where should it be?");
});

test("what is no wish is answered as ever", async () => {
  const customer = talk({ location: "Maadi" });
  expect((await customer.say("hello")).text).toContain("I can search homes for you");
  expect((await customer.say("are you a robot?")).text).toContain("I am an AI assistant");
  expect((await customer.say("thanks, bye")).text).toContain("Goodbye");
});
