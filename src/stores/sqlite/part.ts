import { merge } from "./merge.ts";
import { remember } from "./remember.ts";
import { forget, trim } from "./remove.ts";
import { split } from "./split.ts";
import { append, raiseFence } from "./write.ts";

/** The conversation store's part of the embedded database. */
export const part = {
  name: "store",
  operations: { append, raiseFence, remember, trim, merge, split, forget },
  migrations: {
    "0001_conversations": [
      `CREATE TABLE store_conversations (
        subject_id TEXT PRIMARY KEY,
        fence INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        turns INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
      // Clustered by conversation and place, so that a window is one range.
      `CREATE TABLE store_entries (
        subject_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        turn_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        item TEXT NOT NULL,
        PRIMARY KEY (subject_id, seq)
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE store_turns (
        subject_id TEXT NOT NULL,
        turn_id TEXT NOT NULL,
        settlement TEXT NOT NULL,
        PRIMARY KEY (subject_id, turn_id)
      ) STRICT, WITHOUT ROWID`,
      // Where each turn with the customer's words starts, by its number.
      `CREATE TABLE store_starts (
        subject_id TEXT NOT NULL,
        turn_no INTEGER NOT NULL,
        first_seq INTEGER NOT NULL,
        PRIMARY KEY (subject_id, turn_no)
      ) STRICT, WITHOUT ROWID`,
    ],
    // A table made anew: a column added to the old one would have to keep a default, under which a forgotten tenant
    // would go unnoticed. The ledger's tables are there, since its part of the file comes first.
    "0002_tenants": [
      `ALTER TABLE store_conversations RENAME TO store_conversations_before`,
      `CREATE TABLE store_conversations (
        subject_id TEXT PRIMARY KEY,
        tenant TEXT NOT NULL,
        fence INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        turns INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
      `INSERT INTO store_conversations (subject_id, tenant, fence, seq, turns)
       SELECT subject_id, coalesce((SELECT tenant FROM subjects WHERE id = subject_id), 'default'), fence, seq, turns
       FROM store_conversations_before`,
      `DROP TABLE store_conversations_before`,
    ],
    "0003_sessions": [`ALTER TABLE store_conversations ADD COLUMN session TEXT`],
    // With row numbers, since a document is too large to lie in the tree of the keys.
    "0004_memory": [
      `CREATE TABLE store_memory (
        subject_id TEXT PRIMARY KEY NOT NULL,
        version INTEGER NOT NULL,
        body TEXT NOT NULL
      ) STRICT`,
    ],
    "0005_merges": [
      // The merge by which an entry or a settlement came from another conversation.
      `ALTER TABLE store_entries ADD COLUMN origin TEXT`,
      `ALTER TABLE store_turns ADD COLUMN origin TEXT`,
      // How many places and turn numbers came with it, trimmed ones as well.
      `CREATE TABLE store_merges (
        merge_id TEXT PRIMARY KEY,
        into_id TEXT NOT NULL,
        from_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        turns INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
      `CREATE INDEX store_merges_into ON store_merges (into_id)`,
      `CREATE INDEX store_merges_from ON store_merges (from_id)`,
    ],
  },
};
