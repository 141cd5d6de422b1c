import { APIError } from "openai";
import { expect, test } from "vitest";
import { remoteTrouble } from "./trouble.ts";

function refusal(status: number, error: { readonly message: string; readonly code?: string; readonly param?: string }) {
  return APIError.generate(status, { error }, undefined, new Headers());
}

test.each([
  [
    refusal(400, {
      message: "Another process is currently operating on this conversation.",
      code: "conversation_locked",
    }),
    "locked",
  ],
  [refusal(400, { message: "No tool output found for function call call_1." }), "open_call"],
  [refusal(404, { message: "Conversation with id 'conv_1' not found." }), "unknown"],
  [refusal(403, { message: "You have no access to this conversation." }), "unknown"],
  [refusal(400, { message: "Invalid 'conversation': 'x'.", param: "conversation" }), "unknown"],
  [refusal(404, { message: "The model `x` does not exist.", code: "model_not_found" }), undefined],
  [refusal(404, { message: "Item with id 'rs_1' not found.", param: "input" }), undefined],
  [refusal(403, { message: "Project has no access to model x." }), undefined],
  [refusal(500, { message: "The server had an error while processing the conversation." }), undefined],
  [refusal(429, { message: "Rate limit reached." }), undefined],
  [new TypeError("fetch failed"), undefined],
  ["conversation not found", undefined],
])("%s is %s", (error, trouble) => {
  expect(remoteTrouble(error)).toBe(trouble);
});
