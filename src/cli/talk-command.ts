import { defineCommand } from "citty";
import { demoCustomer } from "./demo/people.ts";
import { openDesk } from "./desk.ts";
import { screenOf, showPairs, toned, wrap } from "./screen.ts";
import { commands, talk } from "./talk.ts";

/** The command behind `chat` and `call`, which differ only in how they begin. */
export function talkCommand(name: "chat" | "call", description: string) {
  return defineCommand({
    meta: { name, description },
    args: {
      number: { type: "string", description: "Your number", default: demoCustomer },
      url: {
        type: "string",
        description: "A running server; TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN have to be set as they are set there",
      },
      speed: {
        type: "string",
        description:
          "How many times as fast as a person the voice speaks; 3 when you type, not slowed down at all otherwise",
      },
    },
    async run({ args }) {
      const interactive = process.stdin.isTTY && process.stdout.isTTY;
      const speed = args.speed === undefined ? (interactive ? 3 : Infinity) : Number(args.speed);
      if (!(speed > 0)) throw new TypeError(`--speed has to be a number above 0, not ${JSON.stringify(args.speed)}`);
      const screen = screenOf(process.stdout);
      await using desk = await openDesk({ number: args.number, url: args.url, speed });
      const begin = name === "call" ? "calling" : "texting";
      process.stdout.write(
        `${toned(screen, "strong", begin === "calling" ? "A call with the agent" : "Texting with the agent")}\n${wrap(desk.about, screen.columns).join("\n")}\n\n`,
      );
      if (interactive) process.stdout.write(`Try: Where is my order ORD_12345?\n\n${showPairs(commands, screen)}\n\n`);
      const unanswered = await talk(
        desk,
        { input: process.stdin, output: process.stdout, screen, interactive },
        { number: args.number, begin },
      );
      if (unanswered > 0) process.exitCode = 1;
      // An open input would keep the process.
      process.stdin.destroy();
    },
  });
}
