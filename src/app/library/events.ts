import type { DomainEvent, EventName, RecordedEvent } from "../../core/events.ts";
import type { TenantId } from "../../core/ids.ts";
import { backgroundFailed } from "../events-log.ts";
import type { Platform } from "../platform.ts";

/** Something that happened, as listeners are told. It holds no numbers, names or words of customers. */
export interface ContinuoEvent extends Omit<DomainEvent, "detail"> {
  /** Place in the record of events. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What there is to say beyond the name, such as `from` and `to` of a `modality_switched`. */
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

/** Tells a listener of every event of one name from now on; call the result to stop. One that throws or rejects is reported in the log. */
export type OnEvent = (name: EventName, listener: (event: ContinuoEvent) => unknown) => () => void;

/** Tells of what happens to a tenant's customers; without a tenant, to everybody's. */
export function eventsOf(platform: Pick<Platform, "onEvent" | "log">, tenant?: TenantId): OnEvent {
  return (name, listener) =>
    platform.onEvent((event) => {
      if (event.name !== name || (tenant !== undefined && event.tenant !== tenant)) return;
      // A rejection that nobody takes would end the program.
      Promise.try(listener, shown(event)).catch((cause: unknown) => {
        backgroundFailed(platform.log, { task: "listener", cause });
      });
    });
}

function shown({ detail = {}, ...event }: RecordedEvent): ContinuoEvent {
  return { ...event, data: detail };
}
