import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { ContinuoError } from "../../core/errors.ts";
import { branded, type SessionId } from "../../core/ids.ts";
import { isKept } from "../../core/memory-edits.ts";
import type { MemoryValue } from "../../core/memory.ts";
import { sessionStates, type SessionRecord, type SessionState } from "../../core/session.ts";
import { fittingEntity } from "../customers/fitting-entity.ts";
import { addMessage, messageShape, type NewMessage } from "./adding.ts";
import { given } from "./border.ts";
import { LIBRARY, type LibraryDesk } from "./desk.ts";
import { conversationSession, type ConversationSession, type SessionMessage } from "./session-shape.ts";
import { bringSession } from "./session-steps.ts";
import { findOrMakeWhom, findWhom, nobody, type Whom } from "./whom.ts";

/** What may be known of a customer's words, by name; undefined and null forget a value. */
export type InfoUpdate = Readonly<Record<string, MemoryValue | null | undefined>>;

/** A session as `get` gave it and a program changed it. */
export interface SessionUpdate extends Pick<ConversationSession, "id" | "customerId" | "state"> {
  readonly context: {
    readonly messageHistory: readonly (SessionMessage | NewMessage)[];
    readonly extractedInfo: InfoUpdate;
  };
}

/** A session, or its customer by any of their names. */
export type SessionOrName = string | Pick<ConversationSession, "id" | "customerId">;

/** The sessions of customers, for programs that lead the talk themselves. Methods give the session as it is afterwards. */
export interface CustomerSessions {
  /**
   * The newest session of a customer, named by a phone number in any spelling, a subject's id, an alias, or a name of
   * your own. Somebody new gets a session in the state `NEW`, without any message. One that is over is given as it is:
   * the customer's next message begins another.
   */
  get(customerId: string): Promise<ConversationSession>;
  /**
   * Keeps what a program changed in a session: messages that `get` did not give are added, and values of `extractedInfo`
   * that are others by now are set. Nothing is removed, except values that are null or undefined. Rejects with
   * `bad_request` when another session or state has come meanwhile; a state is changed by `updateState` and `close`.
   */
  update(session: SessionUpdate): Promise<ConversationSession>;
  /** Ends a session, named by its own id or by its customer. Does nothing to one that is over. */
  close(session: SessionOrName): Promise<void>;
  /** Adds a message to the record; the agent sees it with the next turn. A customer's brings the session back to life. */
  addMessage(session: SessionOrName, message: NewMessage): Promise<ConversationSession>;
  /**
   * Notes values of what the customer told, all or none. Rejects with `bad_request` for one that cannot be kept, or that
   * does not fit the agent's `entities`; an agent without any takes every name.
   */
  updateExtractedInfo(session: SessionOrName, info: InfoUpdate): Promise<ConversationSession>;
  /**
   * Brings a session into another state: `WAITING_AGENT` when a person is needed, `ACTIVE` when somebody has answered,
   * `CLOSED`. Only silence makes one `IDLE`, only a customer begins a `NEW` one, and of what is over nothing becomes
   * `ACTIVE`: those are refused with `bad_request`.
   */
  updateState(session: SessionOrName, state: SessionState): Promise<ConversationSession>;
  /** Looks at once which sessions have been silent for long enough; it happens by itself every two seconds. */
  checkIdle(): Promise<void>;
}

/** The sessions of a tenant's customers. */
export function customerSessions(desk: LibraryDesk): CustomerSessions {
  const { platform, tenant } = desk;
  const { ledger, clock, customers } = platform;
  const fitting = fittingEntity(platform);
  return {
    get: async (customerId) => await shaped(await findOrMakeWhom(desk, customerId)),
    async update(session) {
      const { whom, record } = await current(session);
      const state = record?.state ?? "CLOSED";
      if (session.state !== state)
        throw refused(`the session is ${state} by now; get it again, and change its state by updateState`);
      const { messageHistory, extractedInfo } = session.context;
      await checkInfo(whom, changedIn(extractedInfo, await shaped(whom)));
      const added = messageHistory.flatMap((message) => (isFromGet(message) ? [] : [given(messageShape, message)]));
      for (const message of added) await addMessage(desk, whom, message);
      await note(whom, changedIn(extractedInfo, await shaped(whom)));
      return await shaped(whom);
    },
    async close(session) {
      const named = await whomOfSession(session);
      if (named === undefined) throw nobody();
      const { whom, sessionId } = named;
      const newest = await ledger.sessions.current(whom);
      if (newest === undefined || (sessionId !== undefined && sessionId !== newest.id)) return;
      await desk.calls.end(whom.subjectId);
      await customers.close(whom, LIBRARY);
    },
    async addMessage(session, message) {
      const { whom } = await current(session);
      await addMessage(desk, whom, given(messageShape, message));
      return await shaped(whom);
    },
    async updateExtractedInfo(session, info) {
      const { whom } = await current(session);
      await checkInfo(whom, info);
      await note(whom, info);
      return await shaped(whom);
    },
    async updateState(session, state) {
      const { whom, record } = await current(session);
      await bringSession(desk, whom, { from: record?.state ?? "CLOSED", to: given(stateShape, state) });
      return await shaped(whom);
    },
    checkIdle: () => platform.work.sweep(),
  };

  async function shaped(whom: Whom): Promise<ConversationSession> {
    const subject = await ledger.subjects.get(whom);
    if (subject === undefined) throw nobody();
    return conversationSession({
      subject,
      session: await ledger.sessions.current(whom),
      loaded: await platform.store.load(whom, { turns: tenant.windowTurns }),
      analytics: await customers.analytics(whom),
      agentId: platform.tenants.agentFor(tenant.id, undefined) ?? platform.registry.defaultName,
      now: clock.now(),
    });
  }

  /** The customer of a session that is theirs still; whoever is named without one may be new. */
  async function current(
    session: SessionOrName,
  ): Promise<{ readonly whom: Whom; readonly record: SessionRecord | undefined }> {
    const whom = await findOrMakeWhom(desk, typeof session === "string" ? session : session.customerId);
    const record = await ledger.sessions.current(whom);
    if (typeof session !== "string" && session.id !== (record?.id ?? ""))
      throw refused("another session of this customer has begun; get that one");
    return { whom, record };
  }

  async function whomOfSession(
    session: SessionOrName,
  ): Promise<{ readonly whom: Whom; readonly sessionId?: SessionId } | undefined> {
    const sessionId = branded<SessionId>(typeof session === "string" ? session.trim() : session.id);
    const record = await ledger.sessions.get({ tenant: tenant.id, sessionId });
    if (record !== undefined) {
      const whom = await findWhom(desk, record.subjectId);
      return whom === undefined ? undefined : { whom, sessionId };
    }
    const whom = await findWhom(desk, typeof session === "string" ? session : session.customerId);
    return whom === undefined ? undefined : { whom };
  }

  /** All of it is looked at before any of it is kept. */
  async function checkInfo(whom: Whom, info: InfoUpdate): Promise<void> {
    for (const [name, value] of Object.entries(info)) {
      if (name.trim() === "") throw refused("a value needs a name");
      if (value === null || value === undefined) continue;
      if (!isKept(value))
        throw refused(
          `${JSON.stringify(name)} cannot be kept: give a text that is not too long, a number, true or false, or a list of at most twenty texts`,
        );
      if ((await fitting(whom, { name, value })) === undefined) throw unfit(name);
    }
  }

  async function note(whom: Whom, info: InfoUpdate): Promise<void> {
    for (const [name, value] of Object.entries(info)) {
      const { kind } = await customers.editEntity(whom, { name, value: value ?? undefined }, LIBRARY);
      if (kind === "refused") throw refused(`${JSON.stringify(name)} cannot be kept`);
      if (kind === "unfit") throw unfit(name);
      if (kind === "lost")
        throw new ContinuoError(
          "store_unavailable",
          "what is known of a customer was changed by others at the same time",
        );
    }
  }
}

const stateShape = z.enum(sessionStates, { error: `must be one of ${sessionStates.join(", ")}` });

/** Messages that `get` gave are in the record; only it names them by their turn. */
function isFromGet(message: SessionMessage | NewMessage): message is SessionMessage {
  return /^turn_\w+\.\d+$/u.test(message.messageId ?? "");
}

/** What a program has changed of what was noted. */
function changedIn(info: InfoUpdate, { context }: ConversationSession): InfoUpdate {
  const changed = Object.entries(info).filter(
    ([name, value]) => !isDeepStrictEqual(context.extractedInfo[name], value),
  );
  return Object.fromEntries(changed);
}

function unfit(name: string): ContinuoError {
  return refused(`the agent's entities have no ${JSON.stringify(name)}, or it does not fit the schema they give it`);
}

function refused(why: string): ContinuoError {
  return new ContinuoError("bad_request", why);
}
