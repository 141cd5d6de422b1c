import type { SubjectRef } from "../../core/ids.ts";
import type { Gathered } from "../../core/ports/life-cycle.ts";
import type { SqlConnection, SqlValue } from "../../core/ports/writer.ts";
import { everybodyIn } from "./merge-rows.ts";
import { personalTables, type PersonalTable } from "./personal-tables.ts";
import { subjectKnownTo } from "./subjects.ts";

type PlainRow = Readonly<Record<string, unknown>>;

/** Everything that is kept of a subject and of whoever became part of it, by table. */
export function gather(db: SqlConnection, who: SubjectRef): Gathered {
  const subject = subjectKnownTo(db, who);
  const subjects = subject === undefined ? [] : everybodyIn(db, subject.id);
  const tables: Record<string, readonly PlainRow[]> = {};
  for (const table of personalTables) {
    // A merge belongs to both of its subjects.
    const rows = new Map<string, PlainRow>();
    for (const id of subjects) {
      for (const row of db.all<Record<string, SqlValue>>(table.select, id)) {
        rows.set(JSON.stringify(row), plain(table, row));
      }
    }
    tables[table.name] = [...rows.values()];
  }
  return { subjects, tables };
}

function plain(table: PersonalTable, row: Readonly<Record<string, SqlValue>>): PlainRow {
  const columns = Object.entries(row).map(([name, value]) => {
    const readable = table.json.includes(name) && typeof value === "string";
    return [name, readable ? parsed(value) : value] as const;
  });
  return Object.fromEntries(columns);
}

/** What a tool was given and gave need not be JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
