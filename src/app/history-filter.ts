import { z } from "zod";
import { ContinuoError } from "../core/errors.ts";
import type { SubjectId } from "../core/ids.ts";
import type { RespondRequest, Responder } from "../core/ports/responder.ts";
import type { WindowItem } from "../core/window.ts";

/**
 * Changes what the agent is shown of a conversation, right before each turn: it leaves out, shortens or rewrites items.
 * The record stays as it is. A call must stay right before its result, and something must be left. What a filter
 * returns is used for this one turn; one that throws, or returns what cannot be used, is reported in the log, and the
 * turn is answered as if there were none. What is remembered of the customer beside the window does not go through it,
 * and an agent whose history lies at OpenAI is never shown a window.
 */
export type HistoryFilter = (window: readonly WindowItem[], turn: FilteredTurn) => readonly WindowItem[];

/** The turn for which a filter is asked. `agent` is undefined for the default one. */
export type FilteredTurn = Pick<RespondRequest, "tenant" | "subjectId" | "turnId" | "channel" | "agent">;

/** A responder that shows its agents what a filter leaves of the window. */
export function filteredBy(
  responder: Responder,
  by: {
    /** Undefined leaves everything. */
    readonly filter: HistoryFilter | undefined;
    /** Told of a filter that threw, or returned what cannot be used. */
    readonly onFailure: (error: unknown, subjectId: SubjectId) => void;
  },
): Responder {
  const { filter } = by;
  if (filter === undefined) return responder;
  return {
    ...responder,
    respond(request, signal) {
      return responder.respond({ ...request, window: windowFor(filter, request) }, signal);
    },
  };

  function windowFor(asked: HistoryFilter, request: RespondRequest): readonly WindowItem[] {
    const { tenant, subjectId, turnId, channel, agent } = request;
    try {
      // A filter in plain JavaScript may change what it is given: that must not count when its answer does not.
      const shown = request.window.map((item) => ({ ...item }));
      return usable(asked(shown, { tenant, subjectId, turnId, channel, agent }));
    } catch (error) {
      by.onFailure(error, subjectId);
      return request.window;
    }
  }
}

const channel = z.enum(["sms", "whatsapp", "voice", "web"]);
const windowShape = z
  .array(
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("customer"), channel, text: z.string() }),
      z.object({ kind: z.literal("agent"), channel, text: z.string(), fate: z.enum(["said", "cut", "unsent"]) }),
      z.object({ kind: z.literal("operator"), text: z.string() }),
      z.object({ kind: z.literal("tool_call"), callId: z.string(), tool: z.string(), arguments: z.string() }),
      z.object({ kind: z.literal("tool_result"), callId: z.string(), tool: z.string(), output: z.string() }),
      z.object({ kind: z.literal("note"), text: z.string() }),
    ]),
  )
  .min(1);

/** The window that a filter returned. Throws when no model could be shown it. */
function usable(returned: unknown): readonly WindowItem[] {
  const read = windowShape.safeParse(returned);
  if (!read.success) {
    const where = read.error.issues[0]?.path.join(".") ?? "";
    throw refused(where === "" ? "returned no list of items, or none of them" : `returned no item at ${where}`);
  }
  const window = read.data;
  for (const [index, item] of window.entries()) {
    const [before, after] = [window[index - 1], window[index + 1]];
    if (item.kind === "tool_call" && !(after?.kind === "tool_result" && after.callId === item.callId))
      throw refused("parted a call from its result");
    if (item.kind === "tool_result" && !(before?.kind === "tool_call" && before.callId === item.callId))
      throw refused("parted a result from its call");
  }
  return window;
}

function refused(what: string): ContinuoError {
  return new ContinuoError("bad_request", `the history filter ${what}; the turn was answered without it`);
}
