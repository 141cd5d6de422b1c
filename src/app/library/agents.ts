import type { AgentDefinition } from "../../agent/define-agent.ts";
import type { LibraryDesk } from "./desk.ts";
import { answerMessage, type MessageChannel, type MessageOptions, type ProcessedMessage } from "./processing.ts";

/** Has an agent answer a message of a customer, who is named by the session: `processMessage("Hello", "sms", "+14155550100")`. */
export type ProcessMessage = (
  ...message: [
    input: string,
    channel: MessageChannel,
    sessionId: string,
    userId?: string | undefined,
    options?: MessageOptions | undefined,
  ]
) => Promise<ProcessedMessage>;

/** An agent that can be talked to. */
export interface TalkingAgent extends AgentDefinition {
  /** As the library's own, but it is this agent that answers. */
  readonly processMessage: ProcessMessage;
}

/** The agents by their names. */
export interface TalkingAgents {
  /** The agent that answers where none is named. */
  getDefault(): Promise<TalkingAgent>;
  /** An agent by its name; in place of one that is unknown or broken the default one answers, with an alarm in the log. */
  get(name: string): Promise<TalkingAgent>;
  /** The names of all agents. */
  list(): readonly string[];
}

/** The agents of a tenant. */
export function talkingAgents(desk: LibraryDesk): TalkingAgents {
  const { registry } = desk.platform;
  const { agent: own } = desk.tenant;
  return {
    async getDefault() {
      const agent = await (own === undefined ? registry.getDefault() : registry.get(own));
      return { ...agent, processMessage: processMessageOf(desk) };
    },
    async get(name) {
      return { ...(await registry.get(name)), processMessage: processMessageOf(desk, name) };
    },
    list: () => registry.list(),
  };
}

/** The call by which customers' messages are answered, by a named agent or by whichever the number that was dialled has. */
export function processMessageOf(desk: LibraryDesk, agent?: string): ProcessMessage {
  return async (...[input, channel, sessionId, userId, options]) => {
    const { answer } = await answerMessage(desk, { input, channel, sessionId, userId, agent, options });
    return { text: answer.text, outcome: answer.outcome, channel, sessionId };
  };
}
