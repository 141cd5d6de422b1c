import { expect, test } from "vitest";
import { eventQueue } from "./event-queue.ts";

async function read<Value>(queue: AsyncIterable<Value>): Promise<readonly Value[]> {
  const seen: Value[] = [];
  for await (const value of queue) seen.push(value);
  return seen;
}

test("what comes before and after the reader began is read in order", async () => {
  const queue = eventQueue<number>(() => undefined);
  queue.push(1);
  const reading = read(queue);
  await Promise.resolve();
  queue.push(2);
  queue.push(3);
  queue.end();
  queue.push(4);
  expect(await reading).toEqual([1, 2, 3]);
});

test("an error comes after what was pushed before it", async () => {
  const queue = eventQueue<number>(() => undefined);
  queue.push(1);
  queue.fail(new Error("gone"));
  const seen: number[] = [];
  await expect(async () => {
    for await (const value of queue) seen.push(value);
  }).rejects.toThrow("gone");
  expect(seen).toEqual([1]);
});

test("an end may drop what nobody wants any more", async () => {
  const queue = eventQueue<number>(() => undefined);
  for (const value of [1, 2, 3]) queue.push(value);
  queue.end((value) => value !== 2);
  expect(await read(queue)).toEqual([1, 3]);
});

test("a reader who leaves early is noticed", async () => {
  let left = 0;
  const queue = eventQueue<number>(() => {
    left += 1;
  });
  queue.push(1);
  for await (const value of queue) if (value === 1) break;
  expect(left).toBe(1);
});
