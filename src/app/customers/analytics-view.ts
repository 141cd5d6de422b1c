import { sum } from "../../core/counting.ts";
import type { Memory } from "../../core/memory.ts";
import type { ChannelName } from "../../core/message.ts";
import type { Counts } from "../../core/ports/totals.ts";
import type { CustomerAnalytics, Figures, TenantAnalytics } from "../../http/customer-views.ts";

/** The figures that counts come to. */
function figures(counts: Counts): Figures {
  const { calls = 0, smsTexts = 0, whatsappTexts = 0, webTexts = 0 } = counts;
  return {
    totalCalls: calls,
    totalTexts: smsTexts + whatsappTexts + webTexts,
    avgResponseTime: average(counts.responseMs, counts.answered, 1),
    satisfactionScore: average(counts.surveyPoints, counts.surveys, 100),
    preferredModality: mostUsed({ voice: calls, sms: smsTexts, whatsapp: whatsappTexts, web: webTexts }),
    counts,
  };
}

/** The figures of a customer with what they talk about. */
export function customerAnalytics(counts: Counts, memory: Pick<Memory, "topics">): CustomerAnalytics {
  const topics = Object.entries(memory.topics).toSorted(([a, left], [b, right]) => right - left || a.localeCompare(b));
  return { ...figures(counts), keyTopics: topics.map(([topic]) => topic) };
}

/** The figures of a tenant's days, and what they come to together. */
export function tenantAnalytics(
  range: { readonly from: string; readonly to: string },
  days: readonly { readonly day: string; readonly counts: Counts }[],
): TenantAnalytics {
  const total = days.reduce((counts, day) => sum(counts, day.counts), {});
  return { ...range, total: figures(total), days: days.map(({ day, counts }) => ({ day, ...figures(counts) })) };
}

/** Rounded to `1 / parts`. */
function average(total: number | undefined, count: number | undefined, parts: number): number | null {
  if (total === undefined || count === undefined || count === 0) return null;
  return Math.round((total / count) * parts) / parts;
}

function mostUsed(uses: Readonly<Record<ChannelName, number>>): ChannelName | null {
  let most: ChannelName | null = null;
  for (const channel of ["voice", "sms", "whatsapp", "web"] as const) {
    if (uses[channel] > (most === null ? 0 : uses[most])) most = channel;
  }
  return most;
}
