import { talkCommand } from "../talk-command.ts";

/** `continuo chat`: texting by hand. */
export const chat = talkCommand("chat", "Lets you text the agent here in the terminal.");
