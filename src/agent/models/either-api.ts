import type { Model, ModelRequest, StreamEvent } from "@openai/agents";

/**
 * A model behind a server of which it is not known what it speaks: asked by the Responses API first, and by chat
 * completions from then on when the server knows no such address.
 */
export function eitherApi(responses: Model, chat: Model): Model {
  let spoken: "unknown" | "responses" | "chat" = "unknown";
  return {
    async getResponse(request) {
      if (spoken === "chat") return await chat.getResponse(plain(request));
      try {
        const answer = await responses.getResponse(request);
        spoken = "responses";
        return answer;
      } catch (error) {
        if (spoken === "responses" || !isUnknownAddress(error)) throw error;
        spoken = "chat";
        return await chat.getResponse(plain(request));
      }
    },
    getStreamedResponse(request) {
      if (spoken === "responses") return responses.getStreamedResponse(request);
      if (spoken === "chat") return chat.getStreamedResponse(plain(request));
      return findOut(request);
    },
  };

  /** Streams an answer and takes down which of the two gave it. */
  async function* findOut(request: ModelRequest): AsyncGenerator<StreamEvent> {
    try {
      for await (const event of responses.getStreamedResponse(request)) {
        spoken = "responses";
        yield event;
      }
      return;
    } catch (error) {
      if (spoken === "responses" || !isUnknownAddress(error)) throw error;
    }
    spoken = "chat";
    yield* chat.getStreamedResponse(plain(request));
  }
}

/** Without what only OpenAI's own servers know; others refuse fields they have never heard of. */
function plain(request: ModelRequest): ModelRequest {
  const { store: _store, providerData: _own, ...modelSettings } = request.modelSettings;
  return { ...request, modelSettings };
}

/** Some servers answer an address they do not have with 405 or 501 instead of 404. A missing model is 404 as well, and fails again. */
function isUnknownAddress(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("status" in error)) return false;
  return error.status === 404 || error.status === 405 || error.status === 501;
}
