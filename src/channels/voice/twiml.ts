import { content, document, element } from "../twilio/twiml.ts";

/** What a ConversationRelay session needs to know. */
export interface RelayOptions {
  /** The socket's address: wss, with a path and without a port that is not in the public URL. */
  readonly url: string;
  /** Asked when the session ends, for whatever reason. */
  readonly action: string;
  /** BCP-47. */
  readonly language: string;
  /** Spoken at once. It is played in every new session, so it is absent when a call resumes. */
  readonly greeting?: string;
  readonly voice?: string;
  readonly ttsProvider?: string;
  readonly transcriptionProvider?: string;
  readonly speechModel?: string;
  /** Words that the recogniser should expect. */
  readonly hints?: readonly string[];
  /** Languages that the call may be switched to. */
  readonly languages?: readonly RelayLanguage[];
  /** Given back in `setup`; not proof of anything. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** One language of a session. */
export interface RelayLanguage {
  readonly code: string;
  readonly voice?: string;
  readonly ttsProvider?: string;
  readonly transcriptionProvider?: string;
  readonly speechModel?: string;
}

/** Connects a call to our socket. */
export function relayTwiml(options: RelayOptions): string {
  const children = [
    ...(options.languages ?? []).map((language) => element("Language", { ...language })),
    ...Object.entries(options.parameters ?? {}).map(([name, value]) => element("Parameter", { name, value })),
  ];
  const relay = element(
    "ConversationRelay",
    {
      url: options.url,
      welcomeGreeting: options.greeting,
      language: options.language,
      ttsProvider: options.ttsProvider,
      voice: options.voice,
      transcriptionProvider: options.transcriptionProvider,
      speechModel: options.speechModel,
      hints: options.hints?.join(","),
      partialPrompts: true,
      dtmfDetection: true,
      interruptible: "any",
      reportInputDuringAgentSpeech: "any",
      events: "speaker-events tokens-played",
    },
    children,
  );
  return document([element("Connect", { action: options.action, method: "POST" }, [relay])]);
}

/** Says something and hangs up. */
export function sayAndHangUp(text: string, language: string): string {
  return document([element("Say", { language }, [content(text)]), element("Hangup")]);
}

/** Hangs up. */
export const hangUpTwiml = document([element("Hangup")]);
