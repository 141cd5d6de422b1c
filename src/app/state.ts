import { openSqliteLedger } from "../ledger/sqlite.ts";
import { openMemoryStore } from "../stores/memory.ts";
import { openSqliteStore } from "../stores/sqlite.ts";
