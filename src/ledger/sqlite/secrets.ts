import { randomBytes } from "node:crypto";
import type { SqlConnection } from "../../core/ports/writer.ts";

/** The secret of a name, if it was made. */
export function knownSecret(db: SqlConnection, name: string): string | undefined {
  return db.get<{ readonly value: string }>(`SELECT value FROM secrets WHERE name = ?`, name)?.value;
}

/** The secret of a name, which is made when it is first asked for: 32 random bytes in base64url. */
export function secretOf(db: SqlConnection, args: { readonly name: string }): string {
  const known = knownSecret(db, args.name);
  if (known !== undefined) return known;
  const value = randomBytes(32).toString("base64url");
  db.run(`INSERT INTO secrets (name, value) VALUES (?, ?)`, args.name, value);
  return value;
}
