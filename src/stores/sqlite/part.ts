import { append, forget, raiseFence } from "./write.ts";

/** The conversation store's part of the embedded database. */
export const part = {
  name: "store",
  operations: { append, raiseFence, forget },
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
  },
};
