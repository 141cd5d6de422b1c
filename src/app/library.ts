import type { LocatedAgents } from "../agent/agents-config.ts";
import type { AgentDefinition } from "../agent/define-agent.ts";
import { ContinuoError } from "../core/errors.ts";
import { branded, type MergeId } from "../core/ids.ts";
import type { TextChannelName } from "../core/message.ts";
import type { TextChannel } from "../core/ports/channel.ts";
import type { Commerce } from "../core/ports/commerce.ts";
import type { IdentityChange } from "../http/admin-parts.ts";
import type { Receipt } from "../http/customer-views.ts";
import type { ContinuoConfig } from "./continuo-config.ts";
import { backgroundFailed, settingDoubted } from "./events-log.ts";
import type { HistoryFilter } from "./history-filter.ts";
import { queueBySubject } from "./identity/queue-by-subject.ts";
import { processMessageOf, talkingAgents, type ProcessMessage, type TalkingAgents } from "./library/agents.ts";
import { directChannels, watchedChannels, type Deliver } from "./library/channels.ts";
import { LIBRARY, type LibraryDesk } from "./library/desk.ts";
import { eventsOf, type OnEvent } from "./library/events.ts";
import { openReplies, type Replies } from "./library/replies.ts";
import { readSession, type CustomerView } from "./library/session-view.ts";
import { customerSessions, type CustomerSessions } from "./library/sessions.ts";
import { librarySettings } from "./library/settings.ts";
import { openSpokenCalls } from "./library/spoken-calls.ts";
import { findWhom, nobody } from "./library/whom.ts";
import { runWorkflowOf, type RunWorkflow } from "./library/workflow.ts";
import type { Overrides } from "./overrides.ts";
import { openPlatform, type Platform } from "./platform.ts";
import { openTextChannels } from "./text-channels.ts";

export type { IdentityChange } from "../http/admin-parts.ts";
export type { FactView, HistoryLine, MergeView, Receipt, SessionSummary } from "../http/customer-views.ts";
export type { NewMessage } from "./library/adding.ts";
export type { ProcessMessage, TalkingAgent, TalkingAgents } from "./library/agents.ts";
export type { Deliver, OutgoingText } from "./library/channels.ts";
export type { ContinuoEvent, OnEvent } from "./library/events.ts";
export type { MessageChannel, MessageOptions, ProcessedMessage } from "./library/processing.ts";
export type { MessageOutcome } from "./library/replies.ts";
export type { ConversationSession, SessionMessage, SessionMetadata } from "./library/session-shape.ts";
export type { CustomerView } from "./library/session-view.ts";
export type { CustomerSessions, InfoUpdate, SessionOrName, SessionUpdate } from "./library/sessions.ts";
export type { RunWorkflow, WorkflowInput, WorkflowOutput } from "./library/workflow.ts";

/** How a program uses Continuo. Everything may be left out. */
export interface ContinuoOptions {
  /**
   * Where conversations are kept: `"sqlite"` in the data folder, `"sqlite:/path/of/a.db"` in a file of your choice, or
   * `"memory"`, which forgets them when the program ends. With `"memory"` and no `dataDir` nothing is left on the disk
   * afterwards; while the program runs, what is being answered lies in a folder for temporary files. Default:
   * `PERSISTENCE_ADAPTER`, else `"sqlite"`.
   */
  readonly store?: "sqlite" | "memory" | `sqlite:${string}`;
  /** The folder for what is kept in files. One program at a time may have it. Default: `DATA_DIR`, else `./data`. */
  readonly dataDir?: string;
  /** The settings, as `.env.example` lists them. Default: the environment over `.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * The agents, each under its name: the one named `default`, or else the first, answers where none is named. Or where
   * they lie, as a configuration file says it. Default: `agents.config.ts` in the working folder, else the support
   * agent that comes along.
   */
  readonly agents?: Readonly<Record<string, AgentDefinition>> | LocatedAgents;
  /** The tenants. Default: `continuo.config.ts` in the working folder, else one tenant. */
  readonly config?: ContinuoConfig;
  /** The tenant that the calls are for. Default: `DEFAULT_TENANT_ID`, else the first. */
  readonly tenant?: string;
  /** Changes what the agent is shown of the past, before each turn. */
  readonly historyFilter?: HistoryFilter;
  /** Customers, orders and shipments for the tools that come along. Default: made-up ones. */
  readonly commerce?: Commerce;
  /**
   * How replies go out. `"direct"`, the default: the call that waits for a reply gets it, and nothing else does.
   * `"twilio"`: texts and WhatsApp messages are sent by Twilio as well; the account is in the settings.
   */
  readonly channels?: "direct" | "twilio";
  /** Takes texts to customers that no call waits for, and that Twilio does not send. Default: they are only in the record. */
  readonly deliver?: Deliver;
  /** What a test puts in place of the rest: the clock, the models. */
  readonly overrides?: Overrides;
}

/** Everything that the server does, without HTTP: what a program may do for one tenant's customers. */
export interface ContinuoTenant {
  /** Has the agent answer a text of a session, which remembers. */
  readonly runWorkflow: RunWorkflow;
  /**
   * Has the agent answer a message on a channel. The session names the customer: a phone number, or a name of your own.
   * Where the session has a name of its own, `userId` may say whose it is; the two are one customer from then on.
   * Messages of one customer are answered one after the other, in the order in which they were given. Rejects with
   * `bad_request` for what cannot be a message or a name; a message that gets no reply is an outcome.
   *
   * Spoken messages of one customer are one phone call, until they write, or are silent for a minute.
   */
  readonly processMessage: ProcessMessage;
  readonly sessions: CustomerSessions;
  readonly agentRegistry: TalkingAgents;
  /** Tells a listener of events; on a tenant that was asked for by its id, of this tenant's only. */
  readonly on: OnEvent;
  /** A customer's conversation with everything that is known of them; undefined when nobody is called so. */
  getSession(id: string): Promise<CustomerView | undefined>;
  /** Forgets a customer, everywhere and for good; the receipt says what is gone. Undefined when nobody is called so. */
  destroySession(id: string): Promise<Receipt | undefined>;
  /** Makes one customer part of another, with everything that was said. Rejects with `not_found` when one is not known. */
  merge(wish: { readonly into: string; readonly from: string; readonly reason?: string }): Promise<IdentityChange>;
  /** Takes a merge back. */
  split(mergeId: string): Promise<IdentityChange>;
}

/**
 * Continuo within a program. Disposing of it lets what is being answered come to its end, ten seconds at most; what is
 * left is answered after the next start. Until then it keeps the process alive.
 */
export interface Continuo extends ContinuoTenant, AsyncDisposable {
  /** The same calls for another tenant. Throws `not_found` when there is none of that id. */
  tenant(id: string): ContinuoTenant;
  /** Resolves when nothing that is due is left to do: turns, replies, memory, and telling of them. */
  settled(): Promise<void>;
}

/**
 * Starts Continuo within this program, without a server: the same agents, tools, memory and guarantees. Rejects with
 * `config_invalid` and everything that is wrong, or with `data_folder_in_use`.
 *
 *     await using continuo = await createContinuo();
 *     const { output_text } = await continuo.runWorkflow({ input_as_text: "Where is ORD_12345?", session_id: "ann" });
 */
export async function createContinuo(options: ContinuoOptions = {}): Promise<Continuo> {
  await using opening = new AsyncDisposableStack();
  const { config, warnings, overrides, clearUp } = await librarySettings(options);
  opening.defer(clearUp);
  const platform = opening.use(await openPlatform(config, overrides));
  for (const warning of warnings) settingDoubted(platform.log, warning);
  const own = platform.tenants.of(options.tenant ?? platform.tenants.default.id);
  if (own === undefined)
    throw new ContinuoError("config_invalid", `there is no tenant ${JSON.stringify(options.tenant)}`);
  const stop = new AbortController();
  const replies = openReplies();
  const calls = openSpokenCalls({ platform, replies });
  const desk: LibraryDesk = {
    platform,
    tenant: own,
    everyTenant: options.tenant === undefined,
    replies,
    calls,
    inTurn: queueBySubject(),
    stop: stop.signal,
    direct: options.channels !== "twilio",
  };
  platform.onSettled((settlement) => replies.settled(settlement));
  platform.onEvent((event) => replies.heard(event));
  opening.defer(() => platform.drain());
  opening.use(calls);
  await platform.start(await channelsOf(desk, options));
  const running = opening.move();
  return {
    ...callsOf(desk, eventsOf(platform)),
    tenant(id) {
      const tenant = platform.tenants.of(id);
      if (tenant === undefined) throw new ContinuoError("not_found", `there is no tenant ${JSON.stringify(id)}`);
      return callsOf({ ...desk, tenant, everyTenant: false }, eventsOf(platform, tenant.id));
    },
    async settled() {
      stop.signal.throwIfAborted();
      await platform.settled();
    },
    async [Symbol.asyncDispose]() {
      const closed = new ContinuoError(
        "bad_request",
        "Continuo was closed; what was accepted is answered after the next start",
      );
      stop.abort(closed);
      await running.disposeAsync();
      replies.end(closed);
    },
  };
}

function channelsOf(
  { platform, replies, direct }: LibraryDesk,
  { deliver }: ContinuoOptions,
): Promise<ReadonlyMap<TextChannelName, TextChannel>> {
  const own = directChannels({
    replies,
    deliver,
    onFailure(error, subjectId) {
      backgroundFailed(platform.log, { task: "deliver", cause: error, subjectId });
    },
  });
  return direct ? Promise.resolve(own) : withTwilio(platform, { own, replies });
}

/** Twilio's ways out; what is said in the chat stays within the program. */
async function withTwilio(
  { config, clock }: Platform,
  given: { readonly own: ReadonlyMap<TextChannelName, TextChannel>; readonly replies: Replies },
): Promise<ReadonlyMap<TextChannelName, TextChannel>> {
  const where = { publicUrl: config.server.publicUrl ?? "", url: "", clock };
  const { byName } = await openTextChannels(config.twilio, where);
  return new Map([...given.own, ...watchedChannels(byName, given.replies)]);
}

/** The calls for the tenant of a desk. */
function callsOf(desk: LibraryDesk, on: OnEvent): ContinuoTenant {
  const { customers } = desk.platform;
  return {
    runWorkflow: runWorkflowOf(desk),
    processMessage: processMessageOf(desk),
    sessions: customerSessions(desk),
    agentRegistry: talkingAgents(desk),
    on,
    getSession: (id) => readSession(desk, id),
    async destroySession(id) {
      const whom = await findWhom(desk, id);
      if (whom === undefined) return undefined;
      await desk.calls.end(whom.subjectId);
      const receipt = await customers.forget(whom, LIBRARY);
      desk.replies.end(
        new ContinuoError("not_found", "the customer was forgotten before the reply came"),
        whom.subjectId,
      );
      return receipt;
    },
    async merge({ into, from, reason = "the program said so" }) {
      const [one, other] = await Promise.all([findWhom(desk, into), findWhom(desk, from)]);
      if (one === undefined || other === undefined) throw nobody();
      for (const { subjectId } of [one, other]) await desk.calls.end(subjectId);
      return await customers.merge({ into: one, from: other, reason, by: LIBRARY });
    },
    // An id that names no merge is refused as not found.
    split: (id) => customers.split({ tenant: desk.tenant.id, mergeId: branded<MergeId>(id), by: LIBRARY }),
  };
}
