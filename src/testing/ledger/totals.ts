import { expect } from "vitest";
import { subjectId as readSubjectId, tenantId } from "../../core/ids.ts";
import { merged } from "./merging.ts";
import { newCustomer, noon, ref, says, tenant, type Stage } from "./stage.ts";

/** What keeping counts must do. */
export function totalsContract({ fresh, test }: Stage): void {
  test("the same events are counted once, whoever counts them and how often", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Hello");
    expect(await own.totals.counted()).toBe(0);
    expect(await own.totals.ofSubject(ref(subjectId))).toEqual({});
    const batch = {
      after: 0,
      through: 7,
      subjects: [{ subjectId, counts: { smsTexts: 2, responseMs: 300 } }],
      days: [{ tenant, day: "2026-11-21", counts: { smsTexts: 2 } }],
    };
    expect(await Promise.all([own.totals.add(batch), own.totals.add(batch)])).toEqual([true, false]);
    expect(await own.totals.counted()).toBe(7);
    expect(await own.totals.add({ ...batch, after: 6, through: 9 })).toBe(false);
    expect(await own.totals.add({ ...batch, after: 7, through: 9 })).toBe(true);
    expect(await own.totals.ofSubject(ref(subjectId))).toEqual({ smsTexts: 4, responseMs: 600 });
    expect(await own.totals.ofSubject({ tenant: tenantId("other"), subjectId })).toEqual({});
  });

  test("days are each tenant's own, and those without anything are left out", async () => {
    const own = await fresh();
    const other = tenantId("other");
    const days = [
      { tenant, day: "2026-11-19", counts: { turns: 1 } },
      { tenant, day: "2026-11-21", counts: { turns: 2, failed: 1 } },
      { tenant, day: "2026-11-22", counts: { turns: 4 } },
      { tenant: other, day: "2026-11-20", counts: { turns: 8 } },
    ];
    await own.totals.add({ after: 0, through: 1, subjects: [], days });
    await own.totals.add({
      after: 1,
      through: 2,
      subjects: [],
      days: [{ tenant, day: "2026-11-21", counts: { turns: 1 } }],
    });
    expect(await own.totals.ofDays(tenant, { from: "2026-11-20", to: "2026-11-22" })).toEqual([
      { day: "2026-11-21", counts: { turns: 3, failed: 1 } },
      { day: "2026-11-22", counts: { turns: 4 } },
    ]);
    expect(await own.totals.ofDays(other, { from: "2026-11-01", to: "2026-11-30" })).toHaveLength(1);
  });

  test("two who became one are counted as one, and apart again when they are split", async () => {
    const own = await fresh();
    const [into, from] = [await says(own, newCustomer(), "Hello"), await says(own, newCustomer(), "Hello")];
    async function count(after: number, counts: readonly (readonly [typeof into, number])[]) {
      const subjects = counts.map(([subjectId, smsTexts]) => ({ subjectId, counts: { smsTexts } }));
      await own.totals.add({ after, through: after + 1, subjects, days: [] });
    }
    await count(0, [
      [into, 1],
      [from, 2],
    ]);
    const mergeId = await merged(own, into, from);
    expect(await own.totals.ofSubject(ref(from))).toEqual({ smsTexts: 3 });
    await count(1, [[from, 4]]);
    expect(await own.totals.ofSubject(ref(into))).toEqual({ smsTexts: 7 });
    await own.merges.split({ tenant, mergeId, by: "test", now: noon });
    expect(await own.totals.ofSubject(ref(from))).toEqual({ smsTexts: 2 });
    expect(await own.totals.ofSubject(ref(into))).toEqual({ smsTexts: 5 });
  });

  test("whoever is not there any more is not counted", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Hello");
    const nobody = readSubjectId("sub_nobody");
    await own.lifeCycle.forget({ ...ref(subjectId), by: "test", now: noon });
    const subjects = [subjectId, nobody].map((id) => ({ subjectId: id, counts: { turns: 1 } }));
    expect(await own.totals.add({ after: 0, through: 1, subjects, days: [] })).toBe(true);
    expect(await own.totals.ofSubject(ref(subjectId))).toEqual({});
    expect(await own.totals.ofSubject(ref(nobody))).toEqual({});
  });
}
