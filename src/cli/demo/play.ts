import type { App } from "../../app/context.ts";
import type { PhoneCall } from "../../simulator/call.ts";
import { phone } from "../../simulator/phone.ts";
import { realTime } from "../../simulator/time.ts";
import { type Screen, showMs, toned } from "../screen.ts";
import { demoBusiness, demoCustomer } from "./people.ts";
import { type Story, openStory } from "./story.ts";

/** Where the demo is shown. */
export interface Stage {
  readonly screen: Screen;
  readonly write: (line: string) => void;
}

/** People speak, and listen, this many times as fast as they do. */
const speed = 8;

/** Plays the customer and shows the conversation; resolves with what did not happen, if anything. */
export async function playDemo(app: App, stage: Stage): Promise<string | undefined> {
  const { screen, write } = stage;
  write(`\n${toned(screen, "strong", "One customer, two channels, one conversation")}`);
  write(
    `John Doe texts and calls. Twilio is played by the simulator, over real HTTP and\nWebSocket, at ${speed} times the speed of speech.\n`,
  );
  const story = openStory(app, stage);
  try {
    await text(story);
    await talk(story);
    await textAgain(story);
    return await conclude(app, story, stage);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** John texts about his order. */
async function text(story: Story): Promise<void> {
  story.scene("John texts");
  const reply = await story.textAndWait("Hi, this is John. Where is my order ORD_12345?");
  expectWords(reply, /ship|UPS|transit|on its way/iu, "the agent to say by text where the order is");
  await story.show();
}

/** John calls about it, without saying again what he wrote, and interrupts. */
async function talk(story: Story): Promise<void> {
  story.scene("John calls");
  const line = { ...story.line, time: realTime(speed) };
  await using call = await phone(line, { number: demoCustomer, business: demoBusiness }).call();
  const greeting = await call.hear({ what: "the greeting" });
  story.aside("agent", greeting.text);

  const about = await ask(call, story, "Hello, I just texted you about my order. When will it arrive?");
  expectWords(about, /\w/u, "an answer on the phone");
  await story.show();

  story.scene("John interrupts");
  const cut = call.interruptAt(6, "Sorry, wait: where is my parcel right now?");
  await call.say("What is your return policy?");
  story.expectCut((await cut).text);
  await call.hear({ what: "the end of what was interrupted" });
  const parcel = await call.hear({ what: "the answer after the interruption" });
  story.firstWordAfter(parcel, call);
  await story.settled();
  await story.show();
  expectWords(parcel.text, /transit|Oakland|UPS/iu, "where the parcel is of which John only wrote");
  await call.hangUp();
  story.aside("John", "(hangs up)");
}

/** John texts again, and the agent knows what was said on the phone. */
async function textAgain(story: Story): Promise<void> {
  story.scene("John texts again");
  const reply = await story.textAndWait("Thanks! Can you text me the tracking number?");
  await story.show();
  expectWords(reply, /TRK_ABC123/u, "the tracking number TRK_ABC123 in the last text");
}

async function ask(call: PhoneCall, story: Story, words: string): Promise<string> {
  await call.say(words);
  const reply = await call.hear({ what: "an answer on the phone" });
  story.firstWordAfter(reply, call);
  await story.settled();
  return reply.text;
}

async function conclude(app: App, story: Story, { screen, write }: Stage): Promise<string | undefined> {
  const [subject, ...others] = await app.ledger.subjects.recent(app.config.identity.tenant, 10);
  if (subject === undefined) return "nobody is in the ledger";
  if (others.length > 0) return `John became ${others.length + 1} customers instead of one`;
  const missing = story.missing();
  if (missing !== undefined) return missing;
  const { turns, tools, fastest } = story.totals();
  write(
    `\n${toned(screen, "strong", "One conversation")}, ${subject.alias}: ${turns} turns over sms and voice, ${tools} tool calls,`,
  );
  write(`first word on the phone after ${showMs(fastest)}.`);
  return undefined;
}

function expectWords(said: string, shape: RegExp, what: string): void {
  if (!shape.test(said)) throw new Error(`waited for ${what}, and got: ${JSON.stringify(said)}`);
}
