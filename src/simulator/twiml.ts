import { type XmlElement, readXml } from "./xml.ts";

/** One thing that a TwiML document tells Twilio to do with a call. */
export type Instruction =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "pause"; readonly seconds: number }
  | RelayInstruction
  | { readonly kind: "dial"; readonly number: string; readonly action: string | undefined }
  | { readonly kind: "redirect"; readonly address: string }
  | { readonly kind: "hangup" }
  | { readonly kind: "other"; readonly name: string };

/** A ConversationRelay to be opened. */
export interface RelayInstruction {
  readonly kind: "relay";
  readonly url: string;
  readonly action: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

const yesNo = /^(?:true|false)$/u;
const anything = /^[\s\S]*$/u;
const interruption = /^(?:none|dtmf|speech|any|true|false)$/u;

/** The attributes that ConversationRelay knows, spelled as it knows them, with what their values look like. */
const relayAttributes: Readonly<Record<string, RegExp>> = {
  url: anything,
  welcomeGreeting: anything,
  welcomeGreetingInterruptible: interruption,
  language: /^[a-z]{2,3}(?:-[A-Za-z0-9]+)*$|^multi$/u,
  ttsLanguage: /^[a-z]{2,3}(?:-[A-Za-z0-9]+)*$|^multi$/u,
  transcriptionLanguage: /^[a-z]{2,3}(?:-[A-Za-z0-9]+)*$|^multi$/u,
  ttsProvider: /^(?:Google|Amazon|ElevenLabs)$/u,
  voice: anything,
  transcriptionProvider: /^(?:Google|Deepgram)$/u,
  speechModel: anything,
  eotThreshold: /^0?\.[5-9]\d*$/u,
  partialPrompts: yesNo,
  deepgramSmartFormat: yesNo,
  profanityFilter: yesNo,
  speechTimeout: /^(?:auto|\d+)$/u,
  interruptible: interruption,
  interruptSensitivity: /^(?:high|medium|low)$/u,
  ignoreBackchannel: yesNo,
  reportInputDuringAgentSpeech: /^(?:none|dtmf|speech|any)$/u,
  preemptible: yesNo,
  dtmfDetection: yesNo,
  hints: anything,
  events: /^(?:speaker-events|tokens-played)(?:[ ,]+(?:speaker-events|tokens-played))*$/u,
  debug: anything,
  elevenlabsTextNormalization: /^(?:on|auto|off)$/u,
  intelligenceService: anything,
  conversationConfiguration: anything,
  conversationId: anything,
  turnDetection: anything,
  applicationReconnect: yesNo,
};

/** Reads a TwiML document. Throws, with Twilio's code, for what Twilio would not take. */
export function readTwiml(source: string): readonly Instruction[] {
  const root = readXml(source);
  if (root.name !== "Response") throw new Error(`12100: the document is a <${root.name}>, not a <Response>`);
  return root.children.map((child) => instructionOf(child));
}

function instructionOf(element: XmlElement): Instruction {
  switch (element.name) {
    case "Say":
      return { kind: "say", text: element.text.trim() };
    case "Pause":
      return { kind: "pause", seconds: Number(element.attributes["length"] ?? 1) };
    case "Connect":
      return relayOf(element);
    case "Dial":
      return {
        kind: "dial",
        number: (element.children[0]?.text ?? element.text).trim(),
        action: element.attributes["action"],
      };
    case "Redirect":
      return { kind: "redirect", address: element.text.trim() };
    case "Hangup":
      return { kind: "hangup" };
    default:
      return { kind: "other", name: element.name };
  }
}

function relayOf(connect: XmlElement): Instruction {
  const relay = connect.children.find((child) => child.name === "ConversationRelay");
  if (relay === undefined) return { kind: "other", name: `Connect/${connect.children[0]?.name ?? ""}` };
  for (const [name, value] of Object.entries(relay.attributes)) {
    const shape = relayAttributes[name];
    if (shape === undefined) throw new Error(`64101: ConversationRelay has no attribute ${name}`);
    if (!shape.test(value)) throw new Error(`64101: ${name} cannot be ${JSON.stringify(value)}`);
  }
  const url = relay.attributes["url"] ?? "";
  if (!isRelayAddress(url)) throw new Error(`64101: url has to be wss:// with a path, not ${JSON.stringify(url)}`);
  const parameters = relay.children
    .filter((child) => child.name === "Parameter")
    .map((child): [string, string] => [child.attributes["name"] ?? "", child.attributes["value"] ?? ""]);
  return {
    kind: "relay",
    url,
    action: connect.attributes["action"],
    attributes: relay.attributes,
    parameters: Object.fromEntries(parameters),
  };
}

/** Twilio takes `wss` only; here the same machine may be reached without encryption. */
function isRelayAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const local = url.protocol === "ws:" && /^(?:localhost|127\.[\d.]+|\[::1\])$/u.test(url.hostname);
  return (url.protocol === "wss:" || local) && url.pathname !== "/" && url.search === "";
}
