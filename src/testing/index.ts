export { ledgerContract, type LedgerContract } from "./ledger-contract.ts";
export { storeContract, type StoreContract } from "./store-contract.ts";
export type { Gap } from "./gap.ts";
