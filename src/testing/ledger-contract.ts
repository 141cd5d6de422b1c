import { afterAll, beforeAll, describe, test } from "vitest";
import type { Ledger } from "../core/ports/ledger.ts";
import { isGap, type Gap } from "./gap.ts";
import { acceptContract } from "./ledger/accept.ts";
import { callContract } from "./ledger/calls.ts";
import { codeContract } from "./ledger/codes.ts";
import { everyMergeContract } from "./ledger/every-merge.ts";
import { keyContract } from "./ledger/keys.ts";
import { laneContract } from "./ledger/lanes.ts";
import { lifeCycleContract } from "./ledger/life-cycle.ts";
import { mergeContract } from "./ledger/merges.ts";
import { outboxContract } from "./ledger/outbox.ts";
import { remoteContract } from "./ledger/remote.ts";
import { resolutionContract } from "./ledger/resolutions.ts";
import { retentionContract } from "./ledger/retention.ts";
import { sessionClockContract } from "./ledger/session-clocks.ts";
import { sessionContract } from "./ledger/sessions.ts";
import { settleContract } from "./ledger/settle.ts";
import { smallContract } from "./ledger/small.ts";
import { splitContract } from "./ledger/splits.ts";
import { spokenContract } from "./ledger/spoken.ts";
import type { Stage } from "./ledger/stage.ts";
import { surveyContract } from "./ledger/survey.ts";
import { tenantContract } from "./ledger/tenants.ts";
import { toolCallContract } from "./ledger/tool-calls.ts";
import { totalsContract } from "./ledger/totals.ts";

/** A ledger to be held to its port. */
export interface LedgerContract {
  /** Opens a ledger with nothing in it. */
  readonly open: () => Promise<Ledger>;
  readonly unsupported?: readonly Gap[];
}

/** What every ledger must do, as tests. Call it in a `describe` of the adapter's own test file, which runs under vitest. */
export function ledgerContract(contract: LedgerContract): void {
  const opened: Ledger[] = [];
  async function open(): Promise<Ledger> {
    const ledger = await contract.open();
    opened.push(ledger);
    return ledger;
  }
  let shared: Ledger | undefined;
  beforeAll(async () => {
    shared = await open();
  });
  afterAll(async () => {
    for (const ledger of opened) await ledger[Symbol.asyncDispose]();
  });
  const stage: Stage = {
    ledger() {
      if (shared === undefined) throw new Error("the ledger is opened before the tests run");
      return shared;
    },
    fresh: open,
    test(sentence, run) {
      // oxlint-disable-next-line vitest/expect-expect, vitest/valid-title -- both are in the contract that calls this
      test.skipIf(isGap(contract.unsupported ?? [], sentence))(sentence, run);
    },
  };
  describe("accepting texts", () => {
    acceptContract(stage);
  });
  describe("lanes and turns", () => {
    laneContract(stage);
  });
  describe("settling", () => {
    settleContract(stage);
  });
  describe("tool calls", () => {
    toolCallContract(stage);
  });
  describe("the outbox", () => {
    outboxContract(stage);
  });
  describe("calls", () => {
    callContract(stage);
  });
  describe("spoken words", () => {
    spokenContract(stage);
  });
  describe("sessions", () => {
    sessionContract(stage);
  });
  describe("the clocks of sessions", () => {
    sessionClockContract(stage);
  });
  describe("the survey", () => {
    surveyContract(stage);
  });
  describe("answers of resolvers", () => {
    resolutionContract(stage);
  });
  describe("merging subjects", () => {
    mergeContract(stage);
    splitContract(stage);
    everyMergeContract(stage);
  });
  describe("one-time codes", () => {
    codeContract(stage);
  });
  describe("totals", () => {
    totalsContract(stage);
  });
  describe("gathering and forgetting", () => {
    lifeCycleContract(stage);
  });
  describe("retention", () => {
    retentionContract(stage);
  });
  describe("secrets and keys", () => {
    keyContract(stage);
  });
  describe("tenants", () => {
    tenantContract(stage);
  });
  describe("conversations at OpenAI", () => {
    remoteContract(stage);
  });
  describe("notes, owner, timers, events, health", () => {
    smallContract(stage);
  });
}
