import { expect, test } from "vitest";
import { customerAnalytics, tenantAnalytics } from "./analytics-view.ts";

test("the figures are averages over what was answered and asked, with topics by how often they came up", () => {
  const counts = { calls: 2, smsTexts: 3, webTexts: 4, answered: 4, responseMs: 1_002, surveys: 3, surveyPoints: 13 };
  expect(customerAnalytics(counts, { topics: { returns: 1, orders: 3, billing: 1 } })).toEqual({
    totalCalls: 2,
    totalTexts: 7,
    avgResponseTime: 251,
    satisfactionScore: 4.33,
    preferredModality: "web",
    keyTopics: ["orders", "billing", "returns"],
    counts,
  });
});

test("where nothing happened there is no average and no favourite", () => {
  expect(customerAnalytics({}, { topics: {} })).toEqual({
    totalCalls: 0,
    totalTexts: 0,
    avgResponseTime: null,
    satisfactionScore: null,
    preferredModality: null,
    keyTopics: [],
    counts: {},
  });
});

test("of two channels that are used as often, the call is the favourite", () => {
  expect(customerAnalytics({ calls: 1, smsTexts: 1 }, { topics: {} }).preferredModality).toBe("voice");
});

test("a tenant's days come to one total", () => {
  const range = { from: "2026-11-20", to: "2026-11-21" };
  const days = [
    { day: "2026-11-20", counts: { calls: 1, answered: 1, responseMs: 100 } },
    { day: "2026-11-21", counts: { smsTexts: 2, answered: 3, responseMs: 900 } },
  ];
  expect(tenantAnalytics(range, days)).toMatchObject({
    ...range,
    total: { totalCalls: 1, totalTexts: 2, avgResponseTime: 250 },
    days: [
      { day: "2026-11-20", totalCalls: 1, avgResponseTime: 100 },
      { day: "2026-11-21", totalTexts: 2, avgResponseTime: 300 },
    ],
  });
});
