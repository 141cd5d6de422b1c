import { expect, test } from "vitest";
import { newSubjectId, tenantId } from "../../core/ids.ts";
import type { SubjectRecord } from "../../core/ports/ledger.ts";
import { showSubjects } from "./sessions.ts";

const screen = { columns: 80, colours: false };
const noon = Date.UTC(2026, 10, 21, 12);

test("whoever waits for a person is to be seen among all who wrote", () => {
  const shown = showSubjects(
    [subject("tel:+14155550100", "WAITING_AGENT"), subject("tel:+14155550123", "IDLE")],
    screen,
  );
  expect(shown.split("\n")).toEqual([
    expect.stringMatching(/^phone_14155550100 {2}2026-11-21 12:00 {2}WAITING_AGENT {2}sub_\w+$/u),
    expect.stringMatching(/^phone_14155550123 {2}2026-11-21 12:00 {2}IDLE {11}sub_\w+$/u),
  ]);
});

test("of a sender that cannot be written back to it is said", () => {
  const { ours: _none, ...name } = subject("other:amzn", "NEW");
  expect(showSubjects([name], screen)).toContain("(no reply can be sent there)");
});

function subject(addressKey: string, session: SubjectRecord["session"]): SubjectRecord {
  const alias = addressKey.replace(/^tel:\+/u, "phone_").replace("other:", "other_");
  const ours = "+14155550000";
  return {
    id: newSubjectId(noon),
    tenant: tenantId("t"),
    alias,
    addressKeys: [addressKey],
    ours,
    lastActiveAt: noon,
    session,
  };
}
