import { describe } from "vitest";
import { storeContract } from "../testing/store-contract.ts";
import { openMemoryStore } from "./memory.ts";

describe("memory store", () => {
  storeContract({ open: async () => openMemoryStore() });
});
