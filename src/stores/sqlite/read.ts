import { ContinuoError } from "../../core/errors.ts";
import { branded, type SessionId, type SubjectId, type SubjectRef, type TurnId } from "../../core/ids.ts";
import type { Entry, Item } from "../../core/item.ts";
import { emptyMemory, type Memory } from "../../core/memory.ts";
import type { LoadedConversation } from "../../core/ports/store.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { Settlement } from "../../core/turn-record.ts";

interface HeadRow {
  readonly fence: number;
  readonly seq: number;
  readonly turns: number;
  readonly session: string | null;
}

interface MemoryRow {
  readonly version: number;
  readonly body: string;
}

interface EntryRow {
  readonly seq: number;
  readonly turn_id: string;
  readonly at: number;
  readonly item: string;
}

/** The end of a conversation; empty when the tenant has none. */
export function loaded(
  db: SqlConnection,
  who: SubjectRef,
  options: { readonly turns: number; readonly unfolded?: number },
): LoadedConversation {
  return snapshot(db, () => {
    const sql = `SELECT c.fence, c.seq, c.turns, c.session, m.version, m.body
       FROM store_conversations c LEFT JOIN store_memory m ON m.subject_id = c.subject_id
       WHERE c.subject_id = ? AND c.tenant = ?`;
    const row = db.get<HeadRow & (MemoryRow | { readonly version: null })>(sql, who.subjectId, who.tenant);
    if (row === undefined) return { entries: [], seq: 0, fence: 0, turns: 0, session: undefined, memory: emptyMemory };
    const { fence, seq, turns } = row;
    const memory = row.version === null ? emptyMemory : readMemory(row);
    const from = windowStart(db, { ...options, subjectId: who.subjectId, seq, of: turns, memory });
    return { entries: entriesFrom(db, who.subjectId, from), seq, fence, turns, session: sessionOf(row), memory };
  });
}

/** What is known of the subject; empty when the tenant knows nothing. */
export function memoryOf(db: SqlConnection, who: SubjectRef): Memory {
  const sql = `SELECT m.version, m.body FROM store_conversations c JOIN store_memory m ON m.subject_id = c.subject_id
     WHERE c.subject_id = ? AND c.tenant = ?`;
  const row = db.get<MemoryRow>(sql, who.subjectId, who.tenant);
  return row === undefined ? emptyMemory : readMemory(row);
}

/** Entries between two places, neither included: the first ones after the one, or the last ones before the other. */
export function pageOf(
  db: SqlConnection,
  who: SubjectRef,
  options: { readonly beforeSeq?: number; readonly afterSeq?: number; readonly limit: number },
): readonly Entry[] {
  const { beforeSeq = Number.MAX_SAFE_INTEGER, afterSeq } = options;
  // SQLite takes a limit below zero for none at all.
  const limit = Math.max(0, options.limit);
  if (afterSeq === undefined) {
    const sql = `SELECT e.seq, e.turn_id, e.at, e.item
       FROM store_conversations c CROSS JOIN store_entries e ON e.subject_id = c.subject_id
       WHERE c.subject_id = ? AND c.tenant = ? AND e.seq < ? ORDER BY e.seq DESC LIMIT ?`;
    return db.all<EntryRow>(sql, who.subjectId, who.tenant, beforeSeq, limit).map(entry).toReversed();
  }
  const sql = `SELECT e.seq, e.turn_id, e.at, e.item
     FROM store_conversations c CROSS JOIN store_entries e ON e.subject_id = c.subject_id
     WHERE c.subject_id = ? AND c.tenant = ? AND e.seq > ? AND e.seq < ? ORDER BY e.seq LIMIT ?`;
  return db.all<EntryRow>(sql, who.subjectId, who.tenant, afterSeq, beforeSeq, limit).map(entry);
}

/** The settlement of a turn as it is kept, in JSON. */
export function keptSettlement(db: SqlConnection, who: SubjectRef, turnId: TurnId): string | undefined {
  const sql = `SELECT t.settlement FROM store_conversations c JOIN store_turns t ON t.subject_id = c.subject_id
     WHERE c.subject_id = ? AND c.tenant = ? AND t.turn_id = ?`;
  return db.get<{ readonly settlement: string }>(sql, who.subjectId, who.tenant, turnId)?.settlement;
}

/** Reads a settlement that `append` wrote. */
export function readSettlement(json: string): Settlement {
  // This program wrote the JSON itself, from this type.
  return parsed(json) as Settlement;
}

/** What several statements read is of one moment: a merge or a trim moves entries between two of them otherwise. */
function snapshot<Result>(db: SqlConnection, read: () => Result): Result {
  db.run("BEGIN");
  try {
    return read();
  } finally {
    db.run("COMMIT");
  }
}

interface Window {
  readonly subjectId: SubjectId;
  readonly turns: number;
  readonly unfolded?: number;
  readonly seq: number;
  /** How many turns there have been. */
  readonly of: number;
  readonly memory: Memory;
}

/** Where a window begins: with its first turn, or with what no summary covers yet. */
function windowStart(db: SqlConnection, window: Window): number {
  const { turns, unfolded = 0, memory } = window;
  const start = turnStart(db, window, turns);
  const folded = memory.foldedThrough + 1;
  return unfolded <= 0 || folded >= start ? start : Math.max(folded, turnStart(db, window, turns + unfolded));
}

/** Where the last `turns` turns with the customer's words begin; 1 when there are fewer, or when the first of them was trimmed. */
function turnStart(db: SqlConnection, { subjectId, seq, of }: Window, turns: number): number {
  if (turns <= 0) return seq + 1;
  if (of < turns) return 1;
  const sql = `SELECT first_seq FROM store_starts WHERE subject_id = ? AND turn_no = ?`;
  return db.get<{ readonly first_seq: number }>(sql, subjectId, of - turns + 1)?.first_seq ?? 1;
}

function entriesFrom(db: SqlConnection, subjectId: SubjectId, seq: number): readonly Entry[] {
  const sql = `SELECT seq, turn_id, at, item FROM store_entries WHERE subject_id = ? AND seq >= ? ORDER BY seq`;
  return db.all<EntryRow>(sql, subjectId, seq).map(entry);
}

function entry(row: EntryRow): Entry {
  // This program wrote the JSON itself, from this type.
  return { seq: row.seq, turnId: branded<TurnId>(row.turn_id), at: row.at, item: parsed(row.item) as Item };
}

function readMemory(row: MemoryRow): Memory {
  // This program wrote the JSON itself, from this type.
  return { ...(parsed(row.body) as Memory), version: row.version };
}

function sessionOf(row: HeadRow): SessionId | undefined {
  return row.session === null ? undefined : branded<SessionId>(row.session);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ContinuoError("store_corrupt", "what is kept of a conversation cannot be read", { cause });
  }
}
