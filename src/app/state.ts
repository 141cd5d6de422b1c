import { dirname, resolve } from "node:path";
import type { Ledger } from "../core/ports/ledger.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import { lockDataFolder } from "../ledger/data-folder.ts";
import { openSqliteLedger } from "../ledger/sqlite.ts";
import { openMemoryStore } from "../stores/memory.ts";
import { openSqliteStore, sqliteStorePart } from "../stores/sqlite.ts";
import type { StateConfig } from "./config.ts";

/** The two kinds of state, open. Disposing closes both and lets the data folder go. */
export interface State extends AsyncDisposable {
  readonly ledger: Ledger;
  readonly store: ConversationStore;
}

/** Opens ledger and store as configured; rejects with `data_folder_in_use` when another server has the folder. */
export async function openState(
  config: StateConfig,
  options: { readonly holder: string; readonly maxPageCount?: number },
): Promise<State> {
  await using opening = new AsyncDisposableStack();
  // The database may lie elsewhere; two servers must share neither.
  for (const folder of new Set([resolve(config.dataDir), dirname(resolve(config.sqlitePath))])) {
    opening.use(await lockDataFolder(folder));
  }
  const ledger = opening.use(
    await openSqliteLedger({
      file: config.sqlitePath,
      holder: options.holder,
      parts: [sqliteStorePart],
      ...(options.maxPageCount === undefined ? {} : { maxPageCount: options.maxPageCount }),
    }),
  );
  const store = opening.use(config.store === "memory" ? openMemoryStore() : openSqliteStore(ledger));
  const open = opening.move();
  return { ledger, store, [Symbol.asyncDispose]: () => open.disposeAsync() };
}
