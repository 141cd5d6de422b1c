import { afterAll, beforeAll, describe, test } from "vitest";
import type { Ledger } from "../core/ports/ledger.ts";
import { isGap, type Gap } from "./gap.ts";
import { acceptContract } from "./ledger/accept.ts";
import { callContract } from "./ledger/calls.ts";
import { laneContract } from "./ledger/lanes.ts";
import { outboxContract } from "./ledger/outbox.ts";
import { settleContract } from "./ledger/settle.ts";
import { smallContract } from "./ledger/small.ts";
import { spokenContract } from "./ledger/spoken.ts";
import type { Stage } from "./ledger/stage.ts";
import { toolCallContract } from "./ledger/tool-calls.ts";

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
  describe("notes, owner, timers, events, health", () => {
    smallContract(stage);
  });
}
