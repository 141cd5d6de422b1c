/**
 * The ledger's tables. Times are milliseconds since 1970. A partial index repeats the very words of the queries that
 * use it: rows that are done are in none of them, so nothing here grows slower with history.
 */
export const migrations: Readonly<Record<string, readonly string[]>> = {
  "0001_spine": [
    `CREATE TABLE subjects (
      id TEXT PRIMARY KEY,
      tenant TEXT NOT NULL,
      alias TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      last_active_at INTEGER NOT NULL,
      active_minute INTEGER NOT NULL,
      session TEXT NOT NULL,
      owner TEXT NOT NULL,
      rate TEXT NOT NULL,
      route_source TEXT,
      route TEXT
    ) STRICT, WITHOUT ROWID`,
    // By the minute, so that the index is not written with every message.
    `CREATE INDEX subjects_active ON subjects (active_minute)`,
    `CREATE TABLE addresses (
      tenant TEXT NOT NULL,
      address_key TEXT NOT NULL,
      subject_id TEXT NOT NULL,
      PRIMARY KEY (tenant, address_key)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX addresses_subject ON addresses (subject_id)`,
    `CREATE TABLE consent (
      tenant TEXT NOT NULL,
      address_key TEXT NOT NULL,
      opted_out_at INTEGER NOT NULL,
      PRIMARY KEY (tenant, address_key)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE inbox (
      n INTEGER PRIMARY KEY,
      id TEXT NOT NULL,
      dedupe_key TEXT NOT NULL,
      token TEXT,
      subject_id TEXT NOT NULL,
      received_at INTEGER NOT NULL,
      treatment TEXT NOT NULL,
      failures INTEGER NOT NULL DEFAULT 0,
      superseded INTEGER NOT NULL DEFAULT 0,
      kind TEXT NOT NULL,
      body TEXT NOT NULL,
      state TEXT NOT NULL,
      turn_id TEXT
    ) STRICT`,
    `CREATE UNIQUE INDEX inbox_dedupe ON inbox (dedupe_key)`,
    `CREATE UNIQUE INDEX inbox_token ON inbox (token) WHERE token IS NOT NULL`,
    `CREATE INDEX inbox_open ON inbox (subject_id) WHERE state IN ('pending', 'bound')`,
    `CREATE INDEX inbox_ready ON inbox (state) WHERE state = 'pending' AND treatment <> 'join'`,
    `CREATE TABLE lanes (
      subject_id TEXT PRIMARY KEY,
      holder TEXT,
      lease_until INTEGER NOT NULL,
      fence INTEGER NOT NULL,
      turn_id TEXT
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX lanes_bound ON lanes (turn_id) WHERE turn_id IS NOT NULL`,
    `CREATE TABLE turns (
      id TEXT PRIMARY KEY,
      subject_id TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      state TEXT NOT NULL,
      spoken TEXT NOT NULL,
      outcome TEXT,
      taken_at INTEGER NOT NULL,
      settled_at INTEGER
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE tool_calls (
      n INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      subject_id TEXT NOT NULL,
      turn_id TEXT NOT NULL,
      fence INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      call_id TEXT NOT NULL,
      tool TEXT NOT NULL,
      arguments TEXT NOT NULL,
      effect TEXT NOT NULL,
      act TEXT,
      state TEXT NOT NULL,
      output TEXT,
      deadline_at INTEGER,
      started_at INTEGER NOT NULL,
      finished_at INTEGER
    ) STRICT`,
    `CREATE INDEX tool_calls_turn ON tool_calls (turn_id)`,
    `CREATE UNIQUE INDEX tool_calls_act ON tool_calls (turn_id, act) WHERE act IS NOT NULL`,
    `CREATE TABLE outbox (
      subject_id TEXT NOT NULL,
      n INTEGER NOT NULL,
      id TEXT NOT NULL UNIQUE,
      tenant TEXT NOT NULL,
      turn_id TEXT,
      channel TEXT NOT NULL,
      call_sid TEXT,
      to_address TEXT NOT NULL,
      from_address TEXT NOT NULL,
      address_key TEXT NOT NULL,
      body TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      next_at INTEGER,
      ambiguous_at INTEGER,
      sending_at INTEGER,
      holder TEXT,
      provider_id TEXT,
      status_rank INTEGER NOT NULL,
      resent INTEGER NOT NULL,
      PRIMARY KEY (subject_id, n)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX outbox_open ON outbox (subject_id, n) WHERE state IN ('waiting', 'sending', 'ambiguous') AND channel <> 'voice'`,
    // Only the first open row of a subject has a next_at: the rows behind it are not due before it is done.
    `CREATE INDEX outbox_due ON outbox (next_at) WHERE next_at IS NOT NULL`,
    `CREATE INDEX outbox_speech ON outbox (call_sid, n) WHERE state = 'waiting' AND channel = 'voice'`,
    `CREATE INDEX outbox_provider ON outbox (provider_id) WHERE provider_id IS NOT NULL`,
    `CREATE TABLE timers (
      timer_key TEXT PRIMARY KEY,
      id TEXT NOT NULL,
      subject_id TEXT NOT NULL,
      due_at INTEGER NOT NULL,
      body TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX timers_due ON timers (due_at)`,
    `CREATE TABLE calls (
      call_sid TEXT PRIMARY KEY,
      subject_id TEXT NOT NULL,
      tenant TEXT NOT NULL,
      address_key TEXT NOT NULL,
      from_address TEXT NOT NULL,
      to_address TEXT NOT NULL,
      direction TEXT NOT NULL,
      state TEXT NOT NULL,
      epoch INTEGER NOT NULL,
      reconnects INTEGER NOT NULL,
      token_hash TEXT NOT NULL,
      session_id TEXT,
      holder TEXT,
      digits TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      ended_at INTEGER
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX calls_live ON calls (subject_id) WHERE state = 'live'`,
    `CREATE TABLE events (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      name TEXT NOT NULL,
      tenant TEXT NOT NULL,
      subject_id TEXT,
      turn_id TEXT,
      channel TEXT,
      detail TEXT
    ) STRICT`,
  ],
};
