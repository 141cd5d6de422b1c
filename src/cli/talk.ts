import { type Interface, clearLine, createInterface, cursorTo } from "node:readline";
import type { PhoneCall } from "../simulator/call.ts";
import { phone } from "../simulator/phone.ts";
import type { Desk } from "./desk.ts";
import { type Screen, type Tone, printable, showPairs, toned, wrap } from "./screen.ts";

/** Where a person types and reads. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly screen: Screen;
  /** Whether somebody sits there; otherwise lines are done one after the other, each with its answer. */
  readonly interactive: boolean;
}

/** Who talks, and how it begins. */
export interface TalkOptions {
  readonly number: string;
  readonly begin: "texting" | "calling";
}

const answerMs = 30_000;
/** Columns for who speaks. */
const margin = 8;

/** Said by whoever interrupts without a word. */
const waiting = "Wait, please.";

/** What can be typed, beside what is to be said. */
export const commands: readonly (readonly [string, string])[] = [
  ["/call", "calls; what you type is spoken then"],
  ["/interrupt wait", "says something while the agent speaks"],
  ["/key 12#", "presses keys on the phone"],
  ["/drop", "loses the connection, as a network would; the call goes on"],
  ["/hangup", "ends the call"],
  ["/text hello", "texts, also during a call"],
  ["/help", "shows this"],
  ["/quit", "leaves"],
];

/** Lets somebody text and talk until the input ends; resolves with how many things went unanswered. */
export async function talk(desk: Desk, terminal: Terminal, options: TalkOptions): Promise<number> {
  const { output, screen, interactive } = terminal;
  const person = phone(desk.line, { number: options.number, business: desk.business });
  const lines = createInterface(
    interactive
      ? { input: terminal.input, output, terminal: true, prompt: "> " }
      : { input: terminal.input, terminal: false },
  );
  let call: PhoneCall | undefined;
  let speaking = false;
  let column = 0;
  let unanswered = 0;
  let leaving = false;

  function show(tone: Tone, who: string, text: string): void {
    clearPrompt();
    const shown = wrap(text, screen.columns - margin).map(
      (line, index) => `${(index === 0 ? who : "").padEnd(margin)}${line}`,
    );
    output.write(`${toned(screen, tone, shown.join("\n"))}\n`);
    prompt();
  }

  function clearPrompt(): void {
    if (!interactive) return;
    clearLine(output, 0);
    cursorTo(output, 0);
  }

  function prompt(): void {
    if (!interactive || leaving || speaking) return;
    clearPrompt();
    lines.prompt(true);
  }

  function word(text: string): void {
    const shown = printable(text).replaceAll("\n", " ");
    if (!speaking) {
      clearPrompt();
      output.write("agent".padEnd(margin));
      column = margin;
    }
    speaking = true;
    const breaks = column > margin && column + shown.trimEnd().length > screen.columns;
    const written = breaks ? shown.trimStart() : shown;
    output.write(`${breaks ? `\n${" ".repeat(margin)}` : ""}${toned(screen, "agent", written)}`);
    column = (breaks ? margin : column) + written.length;
  }

  async function ring(): Promise<void> {
    if (call?.connected === true) return show("note", "", "You are on the phone already.");
    show("note", "", `Calling ${desk.business} …`);
    const placed = await person.call();
    call = placed;
    const stop = [
      placed.words.listen(word),
      placed.heard.listen((utterance) => {
        if (!speaking) return utterance.fate === "whole" ? show("agent", "agent", utterance.text) : undefined;
        speaking = false;
        output.write(
          utterance.fate === "cut"
            ? toned(screen, "note", " (interrupted)\n")
            : utterance.fate === "lost"
              ? toned(screen, "note", " (lost)\n")
              : "\n",
        );
        return prompt();
      }),
    ];
    over = placed.ended.then((end) => {
      for (const unlisten of stop) unlisten();
      call = undefined;
      show("note", "", end.kind === "hung_up" ? "The call is over." : `The call is over: ${end.detail}.`);
      if (options.begin === "calling") lines.close();
    });
    if (!interactive) await placed.hear({ timeoutMs: answerMs, what: "the greeting" });
  }
  let over: Promise<void> = Promise.resolve();

  async function say(words: string, next: string | undefined): Promise<void> {
    if (call === undefined && options.begin === "calling")
      return show("note", "", "There is no call any more. /call begins another, /text hello sends a text.");
    if (call === undefined) return sendText(words);
    const current = call;
    const before = current.heard.entries.length;
    const cutting = interactive ? undefined : /^\/interrupt\s*(.*)$/u.exec(next ?? "")?.[1];
    if (cutting !== undefined) {
      const cut = current.interruptAt(3, cutting === "" ? waiting : cutting);
      await current.say(words);
      await cut;
      show("customer", "you", cutting === "" ? waiting : cutting);
      return answered(current, before + 1);
    }
    await current.say(words);
    return interactive ? undefined : answered(current, before);
  }

  async function answered(current: PhoneCall, from: number): Promise<void> {
    try {
      await Promise.race([
        current.heard.wait((utterance) => utterance.fate === "whole", { from, timeoutMs: answerMs, what: "an answer" }),
        current.ended,
      ]);
    } catch (error) {
      unanswered += 1;
      show("bad", "", messageOf(error));
    }
  }

  async function sendText(body: string): Promise<void> {
    if (body === "") return show("note", "", "What is the text? For example: /text hello");
    const before = desk.replies.entries.length;
    const answer = await person.text(body);
    if (answer.status !== 200) return show("bad", "", `The text was not taken: HTTP ${answer.status}.`);
    if (interactive) return undefined;
    try {
      await desk.replies.wait(() => true, { from: before, timeoutMs: answerMs, what: "a reply" });
    } catch (error) {
      unanswered += 1;
      show("bad", "", messageOf(error));
    }
  }

  async function press(keys: string): Promise<void> {
    if (call === undefined)
      return show("note", "", "There are keys to press only during a call. Begin one with /call.");
    if (!/^[0-9*#]+$/u.test(keys)) return show("note", "", "Keys are digits, * and #. For example: /key 12#");
    const before = call.heard.entries.length;
    await call.press(keys);
    return interactive ? undefined : answered(call, before);
  }

  async function dropLine(): Promise<void> {
    if (call === undefined) return show("note", "", "There is no call to lose. Begin one with /call.");
    show("note", "", "The connection is lost …");
    const current = call;
    await current.drop();
    if (current.connected) show("note", "", `… and the call goes on (connection ${current.sessions}).`);
  }

  async function hangUp(): Promise<void> {
    if (call === undefined) return show("note", "", "There is no call. Begin one with /call.");
    await call.hangUp();
    await over;
  }

  async function obey(line: string, next: string | undefined): Promise<void> {
    if (!interactive && line !== "" && !/^\/interrupt\b/u.test(line)) show("customer", "you", line);
    const [, name = "", rest = ""] = /^\/(\w+)\s*(.*)$/su.exec(line) ?? [];
    if (line === "") return prompt();
    if (name === "" && !line.startsWith("/")) return say(line, next);
    switch (name) {
      case "call":
        return ring();
      case "text":
        return sendText(rest);
      case "interrupt":
        // Without anybody at the keys it was done where the agent was interrupted.
        if (!interactive) return undefined;
        if (call?.speaking !== true) show("note", "", "The agent is not speaking.");
        return call === undefined ? undefined : say(rest === "" ? waiting : rest, undefined);
      case "key":
        return press(rest.trim());
      case "drop":
        return dropLine();
      case "hangup":
        return hangUp();
      case "help":
        return show("plain", "", showPairs(commands, screen));
      case "quit":
      case "exit":
        return lines.close();
      default:
        return show("note", "", `There is no ${line.split(" ")[0]}. /help shows what there is.`);
    }
  }

  async function safely(line: string, next: string | undefined): Promise<void> {
    try {
      await obey(line.trim(), next?.trim());
    } catch (error) {
      unanswered += 1;
      show("bad", "", messageOf(error));
    }
    prompt();
  }

  const stopReplies = desk.replies.listen((body) => show("agent", "text", body));
  // Lines may come before anybody asks for them, so they are gathered from the beginning.
  const gathered: string[] = [];
  let arrived = Promise.withResolvers<boolean>();
  const closed = new Promise<void>((resolve) => {
    lines.once("close", () => {
      leaving = true;
      arrived.resolve(false);
      resolve();
    });
  });
  if (!interactive) {
    lines.on("line", (line) => {
      gathered.push(line);
      arrived.resolve(true);
      if (!leaving) arrived = Promise.withResolvers<boolean>();
    });
  }
  try {
    if (options.begin === "calling") await ring();
    prompt();
    if (interactive) await whileTyping(lines, closed, (line) => safely(line, undefined));
    else await oneByOne(gathered, { more: () => arrived.promise }, safely);
  } finally {
    leaving = true;
    if (call !== undefined) await call.hangUp();
    await over;
    stopReplies();
    lines.close();
  }
  return unanswered;
}

/** Does each line as it is typed, whether or not the one before has its answer. */
async function whileTyping(
  lines: Interface,
  closed: Promise<void>,
  act: (line: string) => Promise<void>,
): Promise<void> {
  const acts = new Set<Promise<void>>();
  lines.on("line", (line) => {
    const doing = act(line).finally(() => acts.delete(doing));
    acts.add(doing);
  });
  await closed;
  await Promise.all(acts);
}

/** Does line after line, each when the one before is done, with a look at the next when it is there already. */
async function oneByOne(
  queue: readonly string[],
  input: { readonly more: () => Promise<boolean> },
  act: (line: string, next: string | undefined) => Promise<void>,
): Promise<void> {
  for (let index = 0; ; index += 1) {
    while (index >= queue.length) {
      if (!(await input.more())) return;
    }
    await act(queue[index] ?? "", queue[index + 1]);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
