/** What a request inside a conversation at OpenAI can fail of that can be mended. */
type RemoteTrouble =
  /** An earlier request is still at work on the conversation. */
  | "locked"
  /** The conversation has a call without a result, and takes nothing else before it has one. */
  | "open_call"
  /** OpenAI does not know the conversation: it was deleted, or belongs to another project. */
  | "unknown";

/** Reads what a request inside a conversation failed of; undefined when it is nothing of its own. */
export function remoteTrouble(error: unknown): RemoteTrouble | undefined {
  const { status, code, param, message } = factsOf(error);
  if (code === "conversation_locked") return "locked";
  if (status === 400 && /no tool output found/iu.test(message)) return "open_call";
  if (code === "model_not_found" || param === "model" || param === "input" || /\bmodel\b/iu.test(message))
    return undefined;
  if (status === 404) return "unknown";
  if (status === 403 && /\bconversation\b/iu.test(message)) return "unknown";
  return status === 400 && param === "conversation" ? "unknown" : undefined;
}

/** Whether what was to be deleted is not there. */
export function isGone(error: unknown): boolean {
  return factsOf(error).status === 404;
}

/** Whether a server does not know the address at which conversations are made. */
export function lacksConversations(error: unknown): boolean {
  const { status } = factsOf(error);
  return status === 404 || status === 405 || status === 501;
}

function factsOf(error: unknown): {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly message: string;
} {
  if (!(error instanceof Error)) return { status: undefined, code: undefined, param: undefined, message: "" };
  return {
    status: "status" in error && typeof error.status === "number" ? error.status : undefined,
    code: "code" in error && typeof error.code === "string" ? error.code : undefined,
    param: "param" in error && typeof error.param === "string" ? error.param : undefined,
    message: error.message,
  };
}
