import type { App } from "../../app/context.ts";
import { type TimelineLine, timelineOf } from "../../app/timeline.ts";
import type { PhoneCall } from "../../simulator/call.ts";
import type { Line } from "../../simulator/line.ts";
import { phone } from "../../simulator/phone.ts";
import type { Utterance } from "../../simulator/speech.ts";
import { type Row, type Tone, showMs, showRow, toned } from "../screen.ts";
import { demoBusiness, demoCustomer } from "./people.ts";
import type { Stage } from "./play.ts";

/** The conversation while it is told: what the server has recorded since the last look is shown as rows. */
export interface Story {
  readonly line: Line;
  /** A heading. */
  scene(title: string): void;
  /** Something that is no part of the record. */
  aside(who: string, text: string): void;
  /** Texts, and resolves with the reply's text. */
  textAndWait(body: string): Promise<string>;
  /** Takes down how long the caller waited for the first word of an answer. */
  firstWordAfter(reply: Utterance, call: PhoneCall): void;
  /** Takes down what the caller heard before interrupting. */
  expectCut(text: string): void;
  settled(): Promise<void>;
  /** Shows what was recorded since the last time. */
  show(): Promise<void>;
  /** What should be in the record by now and is not. */
  missing(): string | undefined;
  totals(): { readonly turns: number; readonly tools: number; readonly fastest: number };
}

const tones: Readonly<Record<TimelineLine["who"], Tone>> = {
  customer: "customer",
  agent: "agent",
  operator: "agent",
  tool: "tool",
  note: "note",
};

/** Begins to tell. */
export function openStory(app: App, { screen, write }: Stage): Story {
  const { twilio, config } = app;
  if (twilio === undefined) throw new Error("the demo needs the simulator");
  const line: Line = {
    accountSid: config.twilio.accountSid,
    authToken: config.twilio.authTokens[0],
    publicUrl: app.publicUrl,
    reachUrl: app.url,
  };
  const startedAt = Date.now();
  const waits: number[] = [];
  let remarks: string[] = [];
  let shownSeq = 0;
  let customerTurns = 0;
  let tools = 0;
  let cut: string | undefined;
  let heard: string | undefined;

  function row(rest: Omit<Row, "seconds">, at = Date.now()): void {
    write(showRow(screen, { seconds: Math.max(0, at - startedAt) / 1000, ...rest }));
  }

  function showLine(entry: TimelineLine): void {
    if (entry.who === "customer") customerTurns += 1;
    if (entry.who === "tool") tools += 1;
    if (entry.who === "note" && entry.text.startsWith("interrupted")) heard = entry.text;
    const remark =
      entry.who === "agent" ? remarks.shift() : entry.tookMs === undefined ? undefined : showMs(entry.tookMs);
    const who = entry.who === "customer" ? "John" : entry.who === "note" ? "" : entry.who;
    row(
      {
        who,
        channel: entry.channel ?? "",
        text: entry.text,
        tone: tones[entry.who],
        ...(remark === undefined ? {} : { remark }),
      },
      entry.at,
    );
  }

  return {
    line,
    scene: (title) => write(`\n${toned(screen, "strong", title)}`),
    aside: (who, text) => row({ who, channel: "voice", text, tone: who === "agent" ? "agent" : "note" }),
    async textAndWait(body) {
      const before = twilio.messages.entries.length;
      const sentAt = performance.now();
      const answer = await phone(line, { number: demoCustomer, business: demoBusiness }).text(body);
      const acknowledgedMs = performance.now() - sentAt;
      if (answer.status !== 200) throw new Error(`the text was answered with HTTP ${answer.status}`);
      const reply = await twilio.messages.wait((message) => message.to === demoCustomer, {
        from: before,
        what: "a reply by text",
      });
      remarks.push(`text taken in ${showMs(acknowledgedMs)}, answered after ${showMs(performance.now() - sentAt)}`);
      await app.settled();
      return reply.body;
    },
    firstWordAfter(reply, call) {
      const prompt = call.frames.entries.findLast(
        ({ frame, at }) => frame["type"] === "prompt" && frame["last"] === true && at <= reply.startedAt,
      );
      if (prompt === undefined) return;
      waits.push(reply.startedAt - prompt.at);
      remarks.push(`first word after ${showMs(reply.startedAt - prompt.at)}`);
    },
    expectCut(text) {
      cut = text;
      // What was interrupted is shown without a time of its own.
      remarks.unshift("(interrupted)");
    },
    settled: () => app.settled(),
    async show() {
      const { tenant } = app.config.identity;
      const [subject] = await app.ledger.subjects.recent(tenant, 1);
      if (subject === undefined) return;
      const entries = await app.store.page({ tenant, subjectId: subject.id }, { limit: 200 });
      const fresh = entries.filter(({ seq }) => seq > shownSeq);
      shownSeq = entries.at(-1)?.seq ?? shownSeq;
      for (const entry of await timelineOf(fresh, app.ledger)) showLine(entry);
      remarks = [];
    },
    missing() {
      if (cut === undefined) return "nothing was interrupted";
      if (heard === undefined) return "the record does not hold what was heard before the interruption";
      return tools === 0 ? "no tool was called" : undefined;
    },
    totals: () => ({ turns: customerTurns, tools, fastest: Math.min(...waits) }),
  };
}
