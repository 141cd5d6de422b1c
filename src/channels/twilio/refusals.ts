import type { RefusalReason } from "../../core/outbox.ts";

/** What a code of Twilio's means for the message it was given to. */
export type CodeMeaning = { readonly kind: "retry" } | { readonly kind: "refused"; readonly reason: RefusalReason };

/** The meaning of a code, undefined when it is not one that this table knows. */
export function meaningOf(code: number): CodeMeaning | undefined {
  return meanings.get(code);
}

const meanings: ReadonlyMap<number, CodeMeaning> = new Map([
  // Too many requests, trouble on Twilio's side, full queues, rates and daily caps of a sender.
  ...each([20429, 20500, 20503, 21611, 30001, 30022, 63018, 63038], { kind: "retry" }),
  ...each([21610], { kind: "refused", reason: "opted_out" }),
  // No number, not a mobile number, not reachable from this sender, not on WhatsApp.
  ...each([21211, 21214, 21217, 21401, 21604, 21612, 21614, 30005, 30006, 63003, 63024], {
    kind: "refused",
    reason: "bad_address",
  }),
  // A region that the account may not text, filtered or blocked texts, a WhatsApp window that has closed.
  ...each([21408, 30004, 30007, 30034, 63013, 63016], { kind: "refused", reason: "not_allowed" }),
  // Credentials, an account that is suspended or may not do this, a sender that is not the account's.
  ...each(
    [
      20003, 20004, 20005, 20006, 20008, 20404, 21212, 21603, 21606, 21607, 21608, 21609, 21656, 21659, 21660, 21661,
      21703, 30002, 30010, 63007, 63023,
    ],
    { kind: "refused", reason: "misconfigured" },
  ),
  // Too long, empty.
  ...each([21602, 21605, 21617, 21619], { kind: "refused", reason: "other" }),
]);

function each(codes: readonly number[], meaning: CodeMeaning): readonly (readonly [number, CodeMeaning])[] {
  return codes.map((code) => [code, meaning] as const);
}
