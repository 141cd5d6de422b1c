import { talkCommand } from "../talk-command.ts";

/** `continuo call`: talking by hand. */
export const call = talkCommand(
  "call",
  "Lets you talk to the agent here in the terminal, as on the phone: what you type is spoken.",
);
