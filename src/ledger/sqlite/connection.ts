import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SqlConnection, SqlValue } from "../../core/ports/writer.ts";

/** A database with its statements prepared once each. */
export function sqlConnection(database: DatabaseSync): SqlConnection {
  const statements = new Map<string, StatementSync>();
  function prepared(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }
  return {
    get<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined {
      // The border to SQL: the caller knows what its statement gives.
      return prepared(sql).get(...values) as Row | undefined;
    },
    all<Row>(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
      // The border to SQL: the caller knows what its statement gives.
      return prepared(sql).all(...values) as unknown as readonly Row[];
    },
    run(sql: string, ...values: readonly SqlValue[]): number {
      return Number(prepared(sql).run(...values).changes);
    },
  };
}
