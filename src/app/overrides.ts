import type { LocatedAgents } from "../agent/agents-config.ts";
import type { Models } from "../agent/models/models.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Commerce } from "../core/ports/commerce.ts";
import type { Responder } from "../core/ports/responder.ts";
import type { ContinuoConfig } from "./continuo-config.ts";
import type { HistoryFilter } from "./history-filter.ts";
import type { Log } from "./log.ts";

/** What a test or an embedding program may put in place of what the configuration says. */
export interface Overrides {
  readonly clock?: Clock;
  readonly log?: Log;
  readonly models?: Models;
  readonly commerce?: Commerce;
  readonly responder?: Responder;
  readonly agents?: LocatedAgents;
  /** In place of `continuo.config.ts`. */
  readonly tenants?: ContinuoConfig;
  /** Changes what the agent is shown of the past, before each turn. */
  readonly historyFilter?: HistoryFilter;
  /** In [0, 1). */
  readonly random?: () => number;
  /** How long after a lost answer Twilio is asked whether it took a message. Default: 10 s. */
  readonly ambiguousAfterMs?: number;
  /** How long after a key the next one is waited for. Default: 1 s. */
  readonly keypadPauseMs?: number;
  readonly sweepEveryMs?: number;
  /** How long turns under way may go on after the program was told to stop. Default: 10 s. */
  readonly drainMs?: number;
  /** How long after a turn memory is made of it. Default: 10 s, and 2 s where rules make it. */
  readonly memoryDelayMs?: number;
  /** Shows the secret of the API key that the first start without any makes; without it none is made. */
  readonly onNewKey?: (secret: string) => void;
  /** The largest size of the database in pages of 4 KB; no limit by default. */
  readonly maxPageCount?: number;
}
