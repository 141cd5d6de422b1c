import type { Ledger } from "../../core/ports/ledger.ts";
import { keptKeys } from "./api-keys.ts";
import { gather } from "./gather.ts";
import { mergesInto, unfinishedMerges } from "./merge-rows.ts";
import type { Side, Write } from "./ports.ts";
import { closedSessions, inactiveSubjects } from "./retention.ts";
import { knownSecret } from "./secrets.ts";
import { subjectKnownTo } from "./subjects.ts";
import { countedThrough, totalsOfDays, totalsOfSubject } from "./totals.ts";

type PeoplePorts = Pick<Ledger, "merges" | "codes" | "totals" | "secrets" | "apiKeys" | "lifeCycle">;

/** The small ports about who somebody is, what is kept of them, and who may ask. */
export function peoplePorts(write: Write, { read }: Side): PeoplePorts {
  return {
    merges: {
      merge: (request) => write("merge", request),
      split: (request) => write("split", request),
      finish: (mergeId) => write("finishMerge", { mergeId }),
      unfinished: async (limit) => unfinishedMerges(read, limit),
      of: async (who) => mergesInto(read, who),
      resolve: async (who) => subjectKnownTo(read, who)?.id ?? who.subjectId,
    },
    codes: {
      issue: (request) => write("issueCode", request),
      redeem: (request) => write("redeemCode", request),
    },
    totals: {
      counted: async () => countedThrough(read),
      add: (request) => write("addTotals", request),
      ofSubject: async (who) => totalsOfSubject(read, who),
      ofDays: async (tenant, range) => totalsOfDays(read, tenant, range),
    },
    secrets: {
      get: async (name) => knownSecret(read, name) ?? (await write("secretOf", { name })),
    },
    apiKeys: {
      list: async () => keptKeys(read),
      addFirst: (key) => write("addFirstKey", key),
    },
    lifeCycle: {
      gather: async (who) => gather(read, who),
      forget: (request) => write("forget", request),
      inactive: async (request) => inactiveSubjects(read, request),
      closedBefore: async (request) => closedSessions(read, request),
      dropSession: (request) => write("dropSession", request),
      scrub: () => write("scrub", undefined),
    },
  };
}
