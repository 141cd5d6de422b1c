import { expect, test } from "vitest";
import { element, emptyTwiml, messageTwiml } from "../twilio/twiml.ts";
import { hangUpTwiml, relayTwiml, sayAndHangUp } from "./twiml.ts";

const head = '<?xml version="1.0" encoding="UTF-8"?>';

test("a call is connected with the attributes as Twilio documents them", () => {
  expect(
    relayTwiml({
      url: "wss://support.example.com/conversation-relay/abc",
      action: "https://support.example.com/voice/action",
      language: "en-US",
      greeting: 'Hello, this is "Acme & Sons"',
      voice: "v1",
      ttsProvider: "ElevenLabs",
      transcriptionProvider: "Deepgram",
      speechModel: "nova-3-general",
      hints: ["ORD", "Acme"],
      languages: [{ code: "es-ES", ttsProvider: "Google" }],
      parameters: { resume: "1" },
    }),
  ).toBe(
    `${head}<Response><Connect action="https://support.example.com/voice/action" method="POST">` +
      `<ConversationRelay url="wss://support.example.com/conversation-relay/abc" welcomeGreeting="Hello, this is &quot;Acme &amp; Sons&quot;"` +
      ` language="en-US" ttsProvider="ElevenLabs" voice="v1" transcriptionProvider="Deepgram" speechModel="nova-3-general" hints="ORD,Acme"` +
      ` partialPrompts="true" dtmfDetection="true" interruptible="any" reportInputDuringAgentSpeech="any" events="speaker-events tokens-played">` +
      `<Language code="es-ES" ttsProvider="Google"/><Parameter name="resume" value="1"/></ConversationRelay></Connect></Response>`,
  );
});

test("a call that resumes has no greeting", () => {
  expect(relayTwiml({ url: "wss://x/y", action: "https://x/z", language: "en-US" })).not.toContain("welcomeGreeting");
});

test("a caller hears a sentence, then the end", () => {
  expect(sayAndHangUp("Sorry <b>&", "en-GB")).toBe(
    `${head}<Response><Say language="en-GB">Sorry &lt;b&gt;&amp;</Say><Hangup/></Response>`,
  );
  expect(hangUpTwiml).toBe(`${head}<Response><Hangup/></Response>`);
});

test("a text may be answered with nothing or at once", () => {
  expect(emptyTwiml).toBe(`${head}<Response/>`);
  expect(messageTwiml("No <one>")).toBe(`${head}<Response><Message>No &lt;one&gt;</Message></Response>`);
});

test("nothing that a text holds can break the document", () => {
  expect(element("A", { b: "\u0000\u001B'\n\t\"<\uD800>\uFFFF" })).toBe('<A b="&apos;&#10;&#9;&quot;&lt;&gt;"/>');
  expect(element("A", { b: "😀" })).toBe('<A b="😀"/>');
});
