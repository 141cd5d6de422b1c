import { z } from "zod";
import { isConversationId } from "../core/remote.ts";

/** One entry of a session map: a name, and the conversation at OpenAI that it stands for. */
export interface MappedSession {
  readonly sessionId: string;
  readonly conversationId: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly lastUsed: number;
}

/** What a file of sessions holds. */
export interface SessionMap {
  readonly sessions: readonly MappedSession[];
  /** What cannot be taken over, and what to do. */
  readonly refused: readonly { readonly sessionId: string; readonly why: string }[];
  /** Sessions in which nothing was said at OpenAI yet; there is nothing to take over. */
  readonly empty: readonly string[];
}

const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const entry = z.object({
  session_id: z.string().optional(),
  conversation_id: z.string().nullish(),
  created_at: moment.optional(),
  last_used: moment.optional(),
});

const notOpenAI =
  "its conversation_id was not made by OpenAI (those begin with conv_): put in the id that OpenAI gave, or leave the session out; its customer then begins anew";

/** Reads a map of sessions (`sessions.json`) that was parsed already. Undefined when it is nothing of the kind. */
export function readSessionMap(json: unknown): SessionMap | undefined {
  const all = z.record(z.string(), z.unknown()).safeParse(json);
  if (!all.success) return undefined;
  const sessions: MappedSession[] = [];
  const refused: { readonly sessionId: string; readonly why: string }[] = [];
  const empty: string[] = [];
  for (const [name, value] of Object.entries(all.data)) {
    const read = entry.safeParse(value);
    if (!read.success) {
      refused.push({ sessionId: name, why: `its ${placeOf(read.error)} cannot be read` });
      continue;
    }
    const { session_id: sessionId = name, conversation_id: id, created_at: createdAt, last_used: used } = read.data;
    const conversationId = id ?? "";
    if (sessionId !== name)
      refused.push({ sessionId: name, why: "its session_id is another one than the name it is kept under" });
    else if (conversationId === "") empty.push(name);
    else if (!isConversationId(conversationId)) refused.push({ sessionId: name, why: notOpenAI });
    else {
      const lastUsed = used ?? createdAt ?? 0;
      sessions.push({ sessionId, conversationId, createdAt: createdAt ?? lastUsed, lastUsed });
    }
  }
  return { sessions, refused, empty };
}

function placeOf(error: z.ZodError): string {
  return String(error.issues[0]?.path[0] ?? "entry");
}
