import fc from "fast-check";
import { expect, test } from "vitest";
import { countEvents, dayOf, sum } from "./counting.ts";
import type { EventName, RecordedEvent } from "./events.ts";
import { branded, tenantId, type SubjectId } from "./ids.ts";
import type { Counts } from "./ports/totals.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const john = branded<SubjectId>("sub_john");

function event(name: EventName, change: Partial<RecordedEvent> = {}): RecordedEvent {
  return { seq: 1, at: noon, name, tenant: tenantId("acme"), subjectId: john, ...change };
}

test("texts, calls and answers are counted by subject and by day", () => {
  const { subjects, days } = countEvents([
    event("message_received", { channel: "sms" }),
    event("message_received", { channel: "whatsapp" }),
    event("call_started", { channel: "voice" }),
    event("turn_settled", { detail: { outcome: "replied", ms: 80, waitedMs: 1_300 } }),
    event("turn_settled", { detail: { outcome: "recorded", ms: 1 } }),
    event("turn_settled", { detail: { outcome: "failed", ms: 1, waitedMs: 9_000 } }),
    event("survey_answered", { channel: "sms", detail: { score: 4 }, at: noon + 86_400_000 }),
  ]);
  const first: Counts = {
    smsTexts: 1,
    whatsappTexts: 1,
    calls: 1,
    turns: 3,
    answered: 1,
    responseMs: 1_300,
    failed: 1,
  };
  expect(subjects).toEqual([{ subjectId: john, counts: { ...first, smsTexts: 2, surveys: 1, surveyPoints: 4 } }]);
  expect(days).toEqual([
    { tenant: "acme", day: "2026-11-21", counts: first },
    { tenant: "acme", day: "2026-11-22", counts: { smsTexts: 1, surveys: 1, surveyPoints: 4 } },
  ]);
});

test("what concerns nobody counts for the tenant alone, and most events do not count", () => {
  const { tenant, at, seq } = event("call_started");
  expect(countEvents([{ tenant, at, seq, name: "call_started" }])).toMatchObject({ subjects: [], days: [{}] });
  expect(countEvents([event("turn_started"), event("call_dropped")])).toEqual({ subjects: [], days: [] });
});

test("counting in portions comes to the same as counting at once", () => {
  const names: EventName[] = ["message_received", "call_started", "turn_settled", "escalation", "session_ended"];
  const some = fc.array(
    fc.record({
      name: fc.constantFrom(...names),
      days: fc.integer({ min: 0, max: 3 }),
      who: fc.constantFrom("a", "b"),
    }),
  );
  fc.assert(
    fc.property(some, fc.nat(), (specs, cut) => {
      const events = specs.map(({ name, days, who }, index) =>
        event(name, {
          seq: index,
          at: noon + days * 86_400_000,
          subjectId: branded<SubjectId>(who),
          channel: "sms",
          detail: { outcome: "replied", waitedMs: index },
        }),
      );
      const at = events.length === 0 ? 0 : cut % events.length;
      const parts = [countEvents(events.slice(0, at)), countEvents(events.slice(at))];
      const whole = countEvents(events);
      for (const { subjectId, counts } of whole.subjects) {
        const found = parts.flatMap((part) => part.subjects.filter((each) => each.subjectId === subjectId));
        expect(found.map((each) => each.counts).reduce(sum, {})).toEqual(counts);
      }
      for (const { day, counts } of whole.days) {
        const found = parts.flatMap((part) => part.days.filter((each) => each.day === day));
        expect(found.map((each) => each.counts).reduce(sum, {})).toEqual(counts);
      }
    }),
  );
});

test("a day begins at midnight in UTC", () => {
  expect(dayOf(Date.UTC(2026, 0, 1) - 1)).toBe("2025-12-31");
  expect(dayOf(Date.UTC(2026, 0, 1))).toBe("2026-01-01");
});
