import { describe, expect, test } from "vitest";
import { readTwiml } from "./twiml.ts";
import { readXml } from "./xml.ts";

describe("reading XML", () => {
  test("keeps case, entities, text and comments apart", () => {
    expect(
      readXml(
        `<?xml version="1.0"?>\n<!-- a --><Response a="&quot;1&quot; &#38; &#x26;">x &lt; y<B c='d'/><!-- b --></Response>\n`,
      ),
    ).toEqual({
      name: "Response",
      attributes: { a: '"1" & &' },
      text: "x < y",
      children: [{ name: "B", attributes: { c: "d" }, text: "", children: [] }],
    });
  });

  test.each([
    "",
    "<A>",
    "<A></B>",
    "<A b=c/>",
    '<A b="1" b="2"/>',
    "<A/><B/>",
    "<A>&nbsp;</A>",
    "<A>a & b</A>",
    '<A b="<"/>',
  ])("refuses %s", (source) => {
    expect(() => readXml(source)).toThrow(/^12100: /u);
  });
});

describe("reading TwiML", () => {
  test("gives instructions in order", () => {
    expect(
      readTwiml(
        `<Response><Say>One moment.</Say><Pause length="2"/><Dial action="/x"><Number>+14155550100</Number></Dial><Redirect>/y</Redirect><Hangup/><Play/></Response>`,
      ),
    ).toEqual([
      { kind: "say", text: "One moment." },
      { kind: "pause", seconds: 2 },
      { kind: "dial", number: "+14155550100", action: "/x" },
      { kind: "redirect", address: "/y" },
      { kind: "hangup" },
      { kind: "other", name: "Play" },
    ]);
  });

  test.each([
    ['url="ws://example.com/x"', "url has to be wss:// with a path"],
    ['url="wss://example.com"', "url has to be wss:// with a path"],
    ['url="wss://example.com/x?y=1"', "url has to be wss:// with a path"],
    ['url="wss://example.com/x" interruptible="maybe"', "interruptible cannot be"],
    ['url="wss://example.com/x" deepgramsmartformat="true"', "no attribute deepgramsmartformat"],
  ])("refuses a relay with %s", (attributes, problem) => {
    expect(() => readTwiml(`<Response><Connect><ConversationRelay ${attributes}/></Connect></Response>`)).toThrow(
      problem,
    );
  });
});
