import { expect, test } from "vitest";
import { startContinuo } from "../support/continuo.ts";
import { answeredBy, askedIn } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";

const subjects = 200;
const textsEach = 5;

test("200 customers who write five texts each, all at once, are each answered in order and once", async () => {
  await using model = await startModelServer((request) => ({ kind: "say", tokens: [`Re: ${askedIn(request)}`] }), {
    keep: false,
  });
  await using continuo = await startContinuo({
    env: { ...answeredBy(model), BURST_WINDOW_MS: "0" },
  });
  const numbers = Array.from({ length: subjects }, (_, index) => `+1415555${String(2_000 + index)}`);
  const answers = await Promise.all(
    numbers.map(async (number) => {
      const statuses: number[] = [];
      for (let text = 1; text <= textsEach; text += 1) {
        const answer = await continuo.customer(number).text(`text ${text}`);
        statuses.push(answer.status);
      }
      return statuses;
    }),
  );
  expect(answers.flat().every((status) => status === 200)).toBe(true);
  await continuo.quiet();

  for (const number of numbers) {
    const record = await continuo.record(number);
    const said = record.flatMap(({ item }) => (item.kind === "customer" ? [item.text] : []));
    expect(said, number).toEqual(["text 1", "text 2", "text 3", "text 4", "text 5"]);
    // Texts that waited together may share a reply; nothing is answered twice, and nothing out of order.
    const replies = continuo.twilio.messagesTo(number).map((message) => message.body);
    expect(new Set(replies).size, number).toBe(replies.length);
    expect(replies.toSorted(), number).toEqual(replies);
    expect(replies.at(-1), number).toBe("Re: text 5");
    const decided = record.flatMap(({ item }) => (item.kind === "agent" ? [item.text] : []));
    expect(replies, number).toEqual(decided);
  }
}, 60_000);
