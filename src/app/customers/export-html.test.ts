import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { newFactId, newSessionId, newSubjectId, newTurnId } from "../../core/ids.ts";
import { emptyMemory } from "../../core/memory.ts";
import type { CustomerExport } from "../../http/customer-views.ts";
import { noon } from "../../testing/ledger/stage.ts";
import { exportHtml } from "./export-html.ts";

const hostile = `</style><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;`;
const timestamp = new Date(noon).toISOString();

const document: CustomerExport = {
  manifest: {
    format: "continuo-export/1",
    exportedAt: timestamp,
    customer: hostile,
    alias: hostile,
    counts: { items: 1, [hostile]: 2, calls: 0 },
  },
  conversations: [
    {
      subjectId: newSubjectId(noon),
      history: [{ seq: 1, role: "customer", content: hostile, timestamp, channel: "sms" }],
      items: [],
      memory: {
        ...emptyMemory,
        summary: { session: undefined, text: hostile, at: noon },
        episodes: [{ session: newSessionId(noon), startedAt: noon, endedAt: noon, summary: hostile }],
        facts: [
          {
            id: newFactId(noon),
            type: "fact",
            about: "a",
            content: hostile,
            confidence: 1,
            source: { kind: "item", turnId: newTurnId(noon), seq: 1 },
            at: noon,
            expires: noon,
          },
        ],
        entities: [
          {
            name: hostile,
            value: [hostile],
            confidence: 1,
            source: { kind: "person", by: hostile },
            at: noon,
            session: undefined,
          },
        ],
      },
    },
  ],
  records: { [hostile]: [{ [hostile]: hostile, body: { text: hostile }, created_at: noon, empty: null, none: "" }] },
};

test("nothing that anybody wrote becomes a part of the page", () => {
  const page = exportHtml(document);
  expect(page.match(/<script|<img|<\/style>/gu)).toEqual(["</style>"]);
  expect(page).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
  expect(page).not.toMatch(/href=|src=(?!x)|url\(|@import/u);
});

test("the page allows itself its own style and nothing else", () => {
  const page = exportHtml(document);
  const style = /<style>([^]*?)<\/style>/u.exec(page)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  expect(page).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
  expect(page).not.toMatch(/\sstyle=/u);
});

test("rows are told in words, with times that can be read, and without what is empty", () => {
  const page = exportHtml({
    ...document,
    records: { messagesSent: [{ created_at: noon, to_address: "+1", empty: null }] },
  });
  expect(page).toContain("<h3>messages sent</h3>");
  expect(page).toContain(`<dt>created at</dt><dd>${timestamp.slice(0, 10)} ${timestamp.slice(11, 16)}</dd>`);
  expect(page).toContain("<dt>to address</dt><dd>+1</dd>");
  expect(page).not.toContain("empty");
});

test("somebody of whom there is nothing gets a page that says so", () => {
  const page = exportHtml({
    manifest: { ...document.manifest, customer: "+14155550100", counts: {} },
    conversations: [{ subjectId: newSubjectId(noon), history: [], items: [], memory: emptyMemory }],
    records: {},
  });
  expect(page).toContain("<h1>Everything we keep about +14155550100</h1>");
  expect(page).toContain("<h2>What was said</h2><p>Nothing.</p>");
});
