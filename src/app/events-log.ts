import type { DomainEvent, EventName, RecordedEvent } from "../core/events.ts";
import { type Log, took } from "./log.ts";

/** Events that a person should look at, and those that only matter when something is looked into. The rest is `info`. */
const levels: Partial<Record<EventName, "warn" | "error" | "debug">> = {
  error_occurred: "error",
  turn_failed: "error",
  delivery_unknown: "error",
  tool_unknown: "error",
  delivery_ambiguous: "warn",
  message_undelivered: "warn",
  memory_failed: "warn",
  message_limited: "warn",
  call_dropped: "warn",
  escalation: "warn",
  message_duplicate: "debug",
  turn_started: "debug",
};

/** Writes one line for something that happened. Never throws. */
export function logEvent(log: Log, event: DomainEvent | RecordedEvent): void {
  const { name, tenant, subjectId, turnId, channel, detail } = event;
  const ms = typeof detail?.["ms"] === "number" ? took(detail["ms"]) : {};
  const seq = "seq" in event ? { seq: event.seq } : {};
  log[levels[name] ?? "info"]({ subjectId, turnId, channel, tenant, ...seq, ...shown(name, detail), ...ms }, name);
}

/** What changes from one to another in these is no address, which is what the log takes `from` and `to` for. */
const changing: Partial<Record<EventName, "State" | "Channel">> = {
  session_changed: "State",
  session_ended: "State",
  modality_switched: "Channel",
};

function shown(name: EventName, detail: DomainEvent["detail"]): DomainEvent["detail"] {
  const what = changing[name];
  if (what === undefined || detail === undefined) return detail;
  const { from, to, ...rest } = detail;
  return {
    ...rest,
    ...(from === undefined ? {} : { [`from${what}`]: from }),
    ...(to === undefined ? {} : { [`to${what}`]: to }),
  };
}

/** The server listens. */
export function serverStarted(
  log: Log,
  server: {
    readonly url: string;
    readonly mode: string;
    readonly model: string;
    readonly offline: boolean;
    readonly version: string;
  },
): void {
  log.info(server, "server_started");
  if (server.offline)
    log.warn(
      {
        model: server.model,
        note: "not a language model: it answers by rules, until OPENAI_API_KEY or OPENAI_BASE_URL is set",
      },
      "offline_model_answers",
    );
}

/** The server was told to stop and lets the turns under way finish. */
export function serverDraining(log: Log, why: { readonly signal: string }): void {
  log.info(why, "server_draining");
}

/** The server is gone. */
export function serverStopped(log: Log, drain: { readonly ms: number }): void {
  log.info(took(drain.ms), "server_stopped");
}

/** Something about the configuration is allowed and probably not meant. */
export function settingDoubted(log: Log, warning: string): void {
  log.warn({ warning }, "setting_doubted");
}

/** A request was answered. Ordinary ones are only seen at `debug`, slow ones always. */
export function requestAnswered(
  log: Log,
  request: { readonly route: string; readonly status: number; readonly ms: number },
): void {
  const line = { ...request, ...took(request.ms) };
  log[line.slow === true ? "warn" : "debug"](line, "request_answered");
}

/** Something failed that nobody waits for. The cause is for the log only. */
export function backgroundFailed(
  log: Log,
  failure: { readonly task: string; readonly cause: unknown; readonly subjectId?: string; readonly retryMs?: number },
): void {
  const { cause, ...rest } = failure;
  log.error({ ...rest, err: cause }, "background_failed");
}

/** OpenAI does not know a customer's conversation any more: it was deleted there, or belongs to another project or key. */
export function remoteLost(
  log: Log,
  lost: { readonly subjectId: string; readonly turnId: string; readonly conversationId: string },
): void {
  const note =
    "OpenAI does not know this conversation: it was deleted there, or was made with the key of another project; a new one was made, and the agent knows nothing of what was said before";
  log.error({ ...lost, note }, "remote_conversation_lost");
}

/** A forgotten customer's conversation at OpenAI is deleted. */
export function remoteForgotten(
  log: Log,
  forgotten: { readonly tenant: string; readonly conversationId: string; readonly items: number },
): void {
  log.info(forgotten, "remote_conversation_forgotten");
}

/** A forgotten customer's conversation could not be deleted at OpenAI; without another attempt to come, a person has to. */
export function remoteKept(
  log: Log,
  kept: {
    readonly tenant: string;
    readonly conversationId: string;
    readonly attempt: number;
    readonly retryMs: number | undefined;
    readonly cause: unknown;
  },
): void {
  const { cause, retryMs, ...rest } = kept;
  if (retryMs !== undefined) return log.warn({ ...rest, retryMs, err: cause }, "remote_deletion_failed");
  const note = "there will be no other attempt: delete this conversation and its items at OpenAI by hand";
  log.error({ ...rest, note, err: cause }, "remote_deletion_given_up");
}
