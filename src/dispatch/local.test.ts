import { expect, test } from "vitest";
import { subjectId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import { localDispatch } from "./local.ts";

const a = subjectId("sub_a");
const b = subjectId("sub_b");

function manualClock() {
  let now = 1_000;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => resolve());
      }),
  };
  function advance(ms: number): void {
    now += ms;
    for (const sleeper of sleepers) if (sleeper.at <= now) sleeper.wake();
  }
  return { clock, advance };
}

test("a subject is worked on once at a time, and again when it was woken meanwhile", async () => {
  const { clock } = manualClock();
  await using dispatch = localDispatch({
    clock,
    concurrency: 4,
    onError: (error) => expect.unreachable(String(error)),
  });
  const gates: PromiseWithResolvers<void>[] = [];
  let together = 0;
  dispatch.start(async () => {
    together += 1;
    expect(together).toBe(1);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    together -= 1;
  });
  dispatch.wake(a);
  dispatch.wake(a);
  expect(gates.length).toBe(1);
  gates[0]?.resolve();
  await Promise.resolve();
  await expect.poll(() => gates.length).toBe(2);
  gates[1]?.resolve();
  await dispatch.settled();
});

test("no more subjects at once than allowed", async () => {
  const { clock } = manualClock();
  await using dispatch = localDispatch({ clock, concurrency: 1, onError: () => undefined });
  const order: string[] = [];
  dispatch.wake(a);
  dispatch.wake(b);
  dispatch.start(async (id) => {
    order.push(`+${id}`);
    await Promise.resolve();
    order.push(`-${id}`);
  });
  await dispatch.settled();
  expect(order).toEqual(["+sub_a", "-sub_a", "+sub_b", "-sub_b"]);
});

test("a wake-up for later waits, and one for now does not wait for it", async () => {
  const { clock, advance } = manualClock();
  await using dispatch = localDispatch({ clock, concurrency: 1, onError: () => undefined });
  const seen: number[] = [];
  dispatch.start(() => {
    seen.push(clock.now());
    return Promise.resolve();
  });
  dispatch.wake(a, 1_500);
  dispatch.wake(a, 1_200);
  await dispatch.settled();
  expect(seen).toEqual([]);
  advance(200);
  await expect.poll(() => seen).toEqual([1_200]);
  dispatch.wake(b, 9_000);
  dispatch.wake(b);
  await dispatch.settled();
  expect(seen).toEqual([1_200, 1_200]);
});

test("work that rejects is told, and the next subject goes on", async () => {
  const { clock } = manualClock();
  const errors: string[] = [];
  await using dispatch = localDispatch({
    clock,
    concurrency: 1,
    onError: (error, id) => errors.push(`${id}: ${String(error)}`),
  });
  const done: string[] = [];
  dispatch.start((id) => {
    if (id === a) return Promise.reject(new Error("broken"));
    done.push(id);
    return Promise.resolve();
  });
  dispatch.wake(a);
  dispatch.wake(b);
  await dispatch.settled();
  expect(errors).toEqual(["sub_a: Error: broken"]);
  expect(done).toEqual(["sub_b"]);
});
