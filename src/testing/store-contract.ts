import { afterAll, beforeAll, describe, test } from "vitest";
import type { ConversationStore } from "../core/ports/store.ts";
import { isGap, type Gap } from "./gap.ts";
import { appendContract } from "./store/append.ts";
import { everyMergeContract } from "./store/every-merge.ts";
import { memoryContract } from "./store/memory.ts";
import { mergeContract } from "./store/merge.ts";
import { readContract } from "./store/read.ts";
import type { StoreStage } from "./store/stage.ts";
import { tenantContract } from "./store/tenants.ts";
import { trimContract } from "./store/trim.ts";
import { windowContract } from "./store/window.ts";

/** A conversation store to be held to its port. */
export interface StoreContract {
  /** Opens a store. */
  readonly open: () => Promise<ConversationStore>;
  readonly unsupported?: readonly Gap[];
}

/** What every conversation store must do, as tests. Call it in a `describe` of the adapter's own test file, which runs under vitest. */
export function storeContract(contract: StoreContract): void {
  let opened: ConversationStore | undefined;
  beforeAll(async () => {
    opened = await contract.open();
  });
  afterAll(async () => {
    await opened?.[Symbol.asyncDispose]();
  });
  const stage: StoreStage = {
    store() {
      if (opened === undefined) throw new Error("the store is opened before the tests run");
      return opened;
    },
    test(sentence, run) {
      // oxlint-disable-next-line vitest/expect-expect, vitest/valid-title -- both are in the contract that calls this
      test.skipIf(isGap(contract.unsupported ?? [], sentence))(sentence, run);
    },
  };
  describe("appending", () => {
    appendContract(stage);
  });
  describe("reading", () => {
    readContract(stage);
  });
  describe("the window", () => {
    windowContract(stage);
  });
  describe("memory", () => {
    memoryContract(stage);
  });
  describe("trimming", () => {
    trimContract(stage);
  });
  describe("merging and splitting", () => {
    mergeContract(stage);
    everyMergeContract(stage);
  });
  describe("tenants", () => {
    tenantContract(stage);
  });
}
