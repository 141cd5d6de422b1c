import type { WebSocket } from "ws";
import type { PhoneCall, SeenFrame } from "../../src/simulator/call.ts";
import { callWebhook, timeOf, type Line, type WebhookAnswer } from "../../src/simulator/line.ts";
import { openRelay } from "../../src/simulator/relay.ts";
import { readTwiml, type RelayInstruction } from "../../src/simulator/twiml.ts";

export { answeredBy, askedIn, inputOf } from "./model-input.ts";

/** A sentence as a model streams it: a word at a time, each but the first with its space before it. */
export function tokensOf(sentence: string): readonly string[] {
  return sentence.split(/(?=\s)/u);
}

/** The text frames that the server sent on a call, in order. */
export function spokenOn(call: PhoneCall): readonly SeenFrame[] {
  return call.frames.entries.filter(({ direction, frame }) => direction === "out" && frame["type"] === "text");
}

/** Everything that the server said on a call, one entry a finished stretch. */
export function saidOn(call: PhoneCall): readonly string[] {
  const said: string[] = [];
  let open = "";
  for (const { frame } of spokenOn(call)) {
    open += String(frame["token"]);
    if (frame["last"] !== true) continue;
    said.push(open);
    open = "";
  }
  return open === "" ? said : [...said, open];
}

/** Waits for the next frame of a type in a direction, from now on or from a place in the journal. */
export function frameOf(
  call: PhoneCall,
  wanted: { readonly direction: SeenFrame["direction"]; readonly type: string; readonly from?: number },
): Promise<SeenFrame> {
  return call.frames.wait(({ direction, frame }) => direction === wanted.direction && frame["type"] === wanted.type, {
    from: wanted.from ?? call.frames.entries.length,
    what: `a frame ${wanted.type}`,
  });
}

/** A call as its webhooks name it. */
export interface Ringing {
  readonly callSid: string;
  readonly from: string;
  readonly to: string;
}

/** Tells the server something about a call, as Twilio does. */
export function tellOf(
  line: Line,
  call: Ringing,
  what: { readonly path: string; readonly form?: Readonly<Record<string, string>> },
): Promise<WebhookAnswer> {
  const { callSid: CallSid, from: From, to: To } = call;
  const about = { AccountSid: line.accountSid, CallSid, From, To, CallStatus: "ringing", Direction: "inbound" };
  return callWebhook(line, what.path, { form: { ...about, ...what.form } });
}

/** The relay that an answer asks for. Throws when it asks for none. */
export function relayIn(answer: WebhookAnswer): RelayInstruction {
  const relay = answer.status === 200 ? readTwiml(answer.body).find((one) => one.kind === "relay") : undefined;
  if (relay === undefined) throw new Error(`no relay in the answer ${answer.status}: ${answer.body}`);
  return relay;
}

/** Rings and opens the socket that the server asks for, by hand: nothing was said on it yet. */
export async function openSocket(
  line: Line,
  call: Ringing,
): Promise<{ readonly socket: WebSocket; readonly closed: Promise<number> }> {
  const opened = await openRelay(line, relayIn(await tellOf(line, call, { path: "/voice" })).url);
  if (opened.kind === "refused") throw new Error(`the socket was refused with ${opened.status}`);
  const { socket } = opened;
  const closed = new Promise<number>((resolve) => socket.once("close", (code: number) => resolve(code)));
  return { socket, closed };
}

/** A pace at which nobody asks what comes after a lost socket before `goOn`; for calls on a patient line. */
export const untilToldMs = 86_400_000;

/** A line whose waits of `untilToldMs` last until they are told to end, so that a server has time to go and come back. */
export function patientLine(line: Line): { readonly line: Line; readonly goOn: () => void } {
  const told = Promise.withResolvers<void>();
  const time = timeOf(line);
  return {
    goOn: told.resolve,
    line: {
      accountSid: line.accountSid,
      authToken: line.authToken,
      get publicUrl() {
        return line.publicUrl;
      },
      get reachUrl() {
        return line.reachUrl ?? line.publicUrl;
      },
      time: {
        now: () => time.now(),
        sleep: (ms, signal) => (ms === untilToldMs ? told.promise : time.sleep(ms, signal)),
      },
    },
  };
}

/** Milliseconds since 1970 of a moment that was taken by `performance.now()`. */
export function wallTime(at: number): number {
  return performance.timeOrigin + at;
}
