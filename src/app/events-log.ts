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
  log[levels[name] ?? "info"]({ subjectId, turnId, channel, tenant, ...seq, ...detail, ...ms }, name);
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
