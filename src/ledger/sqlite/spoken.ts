import type { SpokenArrival, TakenSpoken } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { callBySid } from "./call-rows.ts";
import { addEvent } from "./events.ts";
import { bindRow, insertRow, openRows, rowByKey } from "./inbox.ts";
import { readLane, writeLane } from "./lanes.ts";
import { customerActs } from "./sessions.ts";
import { startedTurn } from "./started-turn.ts";
import { subjectById, touchSubject, type SubjectRow } from "./subjects.ts";
import { answerSurvey, scoreIn } from "./survey.ts";
import { insertTurn } from "./turns.ts";

/** Keeps what a caller said or pressed, and binds it to a turn on the lane that the call holds. */
export function acceptSpoken(db: SqlConnection, args: SpokenArrival): TakenSpoken {
  const { subjectId, now } = args;
  const lane = readLane(db, subjectId);
  const call = callBySid(db, args.callSid);
  const subject = subjectById(db, subjectId);
  const current = call?.state === "live" && call.epoch === args.epoch && call.subject_id === subjectId;
  const held = lane.holder === args.holder && lane.fence === args.fence;
  if (subject === undefined) return { kind: "fenced" };
  const key = `call/${args.callSid}/${args.key}`;
  const score = scoreIn(subject, wordsOf(args), now);
  const treatment = score === undefined ? "answer" : "record";
  const row = { id: args.inboxId, key, subjectId, treatment, body: args.body, now } as const;
  const fresh = insertRow(db, row);
  if (fresh) keepMeaning(db, subject, { score, now });
  const rows = openRows(db, subjectId);
  const id = fresh ? args.inboxId : rowByKey(db, key)?.id;
  // What was kept and not bound yet may be bound now; anything else that comes again is a repeat.
  const kept = rows.find((open) => open.id === id && open.state === "pending");
  if (kept === undefined) return { kind: "duplicate" };
  if (!current || !held) return { kind: "fenced" };
  // An answer to the survey is nothing to talk about: it waits to be recorded.
  if (args.bind === false || lane.turnId !== undefined || kept.treatment === "record") return { kind: "queued" };

  const turn = { id: args.turnId, subject_id: subjectId, attempt: 1, state: "bound", spoken: "" } as const;
  insertTurn(db, turn, now);
  writeLane(db, subjectId, { ...lane, turnId: turn.id });
  const joined = rows.filter((open) => open.id === id || (open.state === "pending" && open.treatment === "record"));
  for (const open of joined) bindRow(db, open.n, turn.id);
  // Read again, because the words may have begun another session.
  const at = subjectById(db, subjectId) ?? subject;
  return { kind: "turn", turn: startedTurn(db, turn, { subject: at, rows: joined, now }) };
}

function wordsOf({ body }: SpokenArrival): string {
  return body.kind === "keys" ? body.digits : body.text;
}

/** Writes what words mean for their subject's session. An answer to the survey opens none. */
function keepMeaning(
  db: SqlConnection,
  subject: SubjectRow,
  words: { readonly score: number | undefined; readonly now: number },
): void {
  const { score, now } = words;
  const { id: subjectId, tenant } = subject;
  if (score === undefined) {
    customerActs(db, subject, { said: true, now });
    addEvent(db, { name: "message_received", tenant, subjectId, channel: "voice" }, now);
  } else {
    answerSurvey(db, subject, { score, channel: "voice", now });
  }
  touchSubject(db, subject, now);
}
