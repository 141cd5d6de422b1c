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
    `CREATE INDEX tool_calls_running ON tool_calls (deadline_at) WHERE state = 'running'`,
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
  "0002_tenants": [`DROP INDEX subjects_active`, `CREATE INDEX subjects_active ON subjects (tenant, active_minute)`],
  "0003_sessions": [
    `CREATE TABLE sessions (
      id TEXT PRIMARY KEY,
      subject_id TEXT NOT NULL,
      tenant TEXT NOT NULL,
      number INTEGER NOT NULL,
      state TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      last_active_at INTEGER NOT NULL,
      ended_at INTEGER,
      idle_ms INTEGER NOT NULL,
      close_ms INTEGER NOT NULL,
      survey TEXT,
      survey_asked_at INTEGER
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX sessions_subject ON sessions (subject_id, number)`,
    `CREATE INDEX sessions_closed ON sessions (tenant, ended_at) WHERE state = 'CLOSED'`,
    // A subject that is older than sessions gets one when something happens next.
    `ALTER TABLE subjects ADD COLUMN session_id TEXT`,
    `ALTER TABLE subjects ADD COLUMN session_said INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE subjects ADD COLUMN survey_until INTEGER`,
    `ALTER TABLE calls ADD COLUMN greeting TEXT NOT NULL DEFAULT ''`,
    `DROP INDEX calls_live`,
    `CREATE INDEX calls_open ON calls (subject_id) WHERE state <> 'over'`,
  ],
  "0004_people": [
    // The subject that this one became part of. Whoever is part of another is in no list.
    `ALTER TABLE subjects ADD COLUMN merged_into TEXT`,
    `CREATE INDEX subjects_merged ON subjects (merged_into) WHERE merged_into IS NOT NULL`,
    `DROP INDEX subjects_active`,
    `CREATE INDEX subjects_active ON subjects (tenant, active_minute) WHERE merged_into IS NULL`,
    // The number of the newest session that was removed, so that no number is given twice.
    `ALTER TABLE subjects ADD COLUMN sessions_dropped INTEGER NOT NULL DEFAULT 0`,
    `CREATE TABLE merges (
      id TEXT PRIMARY KEY,
      tenant TEXT NOT NULL,
      into_id TEXT NOT NULL,
      from_id TEXT NOT NULL,
      reason TEXT NOT NULL,
      by_name TEXT NOT NULL,
      at INTEGER NOT NULL,
      state TEXT NOT NULL,
      moved TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX merges_into ON merges (into_id)`,
    `CREATE INDEX merges_from ON merges (from_id)`,
    `CREATE INDEX merges_unfinished ON merges (at) WHERE state IN ('merging', 'splitting')`,
    `CREATE TABLE codes (
      tenant TEXT NOT NULL,
      code_key TEXT NOT NULL,
      subject_id TEXT NOT NULL,
      hash TEXT NOT NULL,
      expires_at INTEGER NOT NULL,
      tries INTEGER NOT NULL,
      spent INTEGER NOT NULL,
      PRIMARY KEY (tenant, code_key)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX codes_expiry ON codes (expires_at)`,
    `CREATE TABLE code_counts (
      n INTEGER PRIMARY KEY,
      tenant TEXT NOT NULL,
      who TEXT NOT NULL,
      subject_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      until INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX code_counts_who ON code_counts (tenant, who, at)`,
    `CREATE INDEX code_counts_until ON code_counts (until)`,
    `CREATE TABLE subject_totals (subject_id TEXT PRIMARY KEY, counts TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    `CREATE TABLE day_totals (
      tenant TEXT NOT NULL,
      day TEXT NOT NULL,
      counts TEXT NOT NULL,
      PRIMARY KEY (tenant, day)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE counted_events (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL) STRICT`,
    `CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    `CREATE TABLE api_keys (
      name TEXT PRIMARY KEY,
      role TEXT NOT NULL,
      tenant TEXT,
      hash TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
    // What outlives a person who was forgotten. The hashes are keyed; the ids name nothing any more.
    `CREATE TABLE kept_hashes (
      kind TEXT NOT NULL,
      hash TEXT NOT NULL,
      at INTEGER NOT NULL,
      subject_id TEXT,
      row_id TEXT,
      PRIMARY KEY (kind, hash)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX kept_hashes_old ON kept_hashes (at) WHERE kind <> 'opt_out'`,
    // A subject's own rows, for those who ask what is kept of them, and for cleaning up. Written when a row is done, so
    // that nobody who waits for an acknowledgement waits for it.
    `CREATE INDEX inbox_closed ON inbox (subject_id, received_at) WHERE state IN ('done', 'dead')`,
    `CREATE INDEX turns_ended ON turns (subject_id, settled_at) WHERE settled_at IS NOT NULL`,
    `CREATE INDEX calls_subject ON calls (subject_id)`,
    `CREATE INDEX timers_subject ON timers (subject_id)`,
  ],
  "0005_resolutions": [
    `CREATE TABLE resolutions (
      tenant TEXT NOT NULL,
      address_key TEXT NOT NULL,
      resolver TEXT NOT NULL,
      outcome TEXT NOT NULL,
      found_key TEXT,
      apart INTEGER NOT NULL,
      failures INTEGER NOT NULL,
      next_at INTEGER NOT NULL,
      PRIMARY KEY (tenant, address_key, resolver)
    ) STRICT, WITHOUT ROWID`,
  ],
};
