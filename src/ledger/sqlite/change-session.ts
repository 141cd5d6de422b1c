import type { Sessions } from "../../core/ports/sessions.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { SessionChange } from "../../core/session.ts";
import { moveSession } from "./sessions.ts";
import { subjectKnownTo } from "./subjects.ts";
import { askSurvey } from "./survey.ts";

/** Changes a subject's session because a person or a program wants it; undefined when it stays, or there is none. */
export function changeSession(
  db: SqlConnection,
  args: Parameters<Sessions["change"]>[0],
): (SessionChange & { readonly toSend: boolean }) | undefined {
  const { cause, by, now } = args;
  const subject = subjectKnownTo(db, args);
  // Nobody, or somebody older than sessions to whom nothing has happened since.
  if (typeof subject?.session_id !== "string") return undefined;
  const change = moveSession(db, subject, { cause, by, now });
  return change === undefined ? undefined : { ...change, toSend: askSurvey(db, subject, change) };
}
