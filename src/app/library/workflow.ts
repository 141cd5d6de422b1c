import { z } from "zod";
import { given, words } from "./border.ts";
import type { LibraryDesk } from "./desk.ts";
import { answerMessage, type MessageOptions } from "./processing.ts";
import type { MessageOutcome } from "./replies.ts";

/** One message of a workflow. */
export interface WorkflowInput {
  readonly input_as_text: string;
  /** Names the conversation: any name of your own, or a phone number in any spelling. The same name goes on with it. */
  readonly session_id: string;
}

/** What came of it. */
export interface WorkflowOutput {
  /** Empty when nothing is said. */
  readonly output_text: string;
  /** The customer's id (`sub_…`), which names their one conversation; `conv_…` for an agent whose history lies at OpenAI. */
  readonly conversation_id: string;
  readonly session_id: string;
  readonly outcome: MessageOutcome;
}

/** Has the agent answer a text, written in the web chat as far as the agent knows. */
export type RunWorkflow = (workflow: WorkflowInput, options?: MessageOptions) => Promise<WorkflowOutput>;

/** The call by which workflows are run. */
export function runWorkflowOf(desk: LibraryDesk): RunWorkflow {
  return async (workflow, options) => {
    const { input_as_text: input, session_id: sessionId } = given(workflowShape, workflow);
    const { whom, answer } = await answerMessage(desk, { input, channel: "web", sessionId, options });
    const { remote } = await desk.platform.store.memory(whom);
    const voice = await desk.platform.responder.voiceOf(desk.platform.tenants.agentFor(whom.tenant, options?.to));
    return {
      output_text: answer.text,
      conversation_id: voice.history === "openai" ? (remote?.conversationId ?? whom.subjectId) : whom.subjectId,
      session_id: sessionId,
      outcome: answer.outcome,
    };
  };
}

const workflowShape = z.object(
  { input_as_text: words, session_id: z.string({ error: "must be a text" }) },
  { error: "must be { input_as_text, session_id }" },
);
