import { ContinuoError } from "../../core/errors.ts";
import { branded, type SubjectId, type TurnId } from "../../core/ids.ts";
import type { Entry, Item } from "../../core/item.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { Settlement } from "../../core/turn-record.ts";

/** A conversation's row. */
export interface ConversationRow {
  readonly fence: number;
  readonly seq: number;
  readonly turns: number;
}

interface EntryRow {
  readonly seq: number;
  readonly turn_id: string;
  readonly at: number;
  readonly item: string;
}

/** A conversation as far as it goes; all zero when there is none. */
export function conversationOf(db: SqlConnection, subjectId: SubjectId): ConversationRow {
  const sql = `SELECT fence, seq, turns FROM store_conversations WHERE subject_id = ?`;
  return db.get<ConversationRow>(sql, subjectId) ?? { fence: 0, seq: 0, turns: 0 };
}

/** Where the last `turns` turns with the customer's words begin; 1 when there are fewer. */
export function windowStart(
  db: SqlConnection,
  subjectId: SubjectId,
  window: { readonly turns: number; readonly of: number },
): number {
  if (window.of < window.turns) return 1;
  const sql = `SELECT first_seq FROM store_starts WHERE subject_id = ? AND turn_no = ?`;
  const turnNo = window.of - Math.max(1, window.turns) + 1;
  return db.get<{ readonly first_seq: number }>(sql, subjectId, turnNo)?.first_seq ?? 1;
}

/** Entries from one place to another, both included. */
export function entriesBetween(
  db: SqlConnection,
  subjectId: SubjectId,
  range: { readonly from: number; readonly to: number },
): readonly Entry[] {
  const sql = `SELECT seq, turn_id, at, item FROM store_entries WHERE subject_id = ? AND seq BETWEEN ? AND ? ORDER BY seq`;
  return db.all<EntryRow>(sql, subjectId, range.from, range.to).map(entry);
}

/** The settlement of a turn as it is kept, in JSON. */
export function keptSettlement(db: SqlConnection, subjectId: SubjectId, turnId: TurnId): string | undefined {
  const sql = `SELECT settlement FROM store_turns WHERE subject_id = ? AND turn_id = ?`;
  return db.get<{ readonly settlement: string }>(sql, subjectId, turnId)?.settlement;
}

/** Reads a settlement that `append` wrote. */
export function readSettlement(json: string): Settlement {
  // This program wrote the JSON itself, from this type.
  return parsed(json) as Settlement;
}

function entry(row: EntryRow): Entry {
  // This program wrote the JSON itself, from this type.
  return { seq: row.seq, turnId: branded<TurnId>(row.turn_id), at: row.at, item: parsed(row.item) as Item };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ContinuoError("store_corrupt", "an entry of a conversation cannot be read", { cause });
  }
}
