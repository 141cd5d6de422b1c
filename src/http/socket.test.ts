import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { authToken, publicUrl, startServer, type RunningServer } from "../../test/support/http-server.ts";
import { sign } from "../channels/twilio/signature.ts";
import type { CallRecord } from "../core/call-record.ts";
import { ContinuoError } from "../core/errors.ts";
import { branded, callSid } from "../core/ids.ts";
import type { HttpParts } from "./parts.ts";
import { defaultLimits } from "./server.ts";

const call: CallRecord = {
  callSid: callSid(`CA${"0".repeat(32)}`),
  subjectId: branded("sub_1"),
  tenant: branded("acme"),
  from: "+14155550100",
  to: "+14155550199",
  direction: "inbound",
  state: "ringing",
  epoch: 0,
  reconnects: 0,
  tokenHash: "",
  digits: "",
  greeting: "",
  startedAt: 0,
};
const path = "/conversation-relay/tok-1";
const signed = sign(authToken, `wss://support.example.com${path}`);

interface Talk {
  readonly socket: WebSocket;
  readonly call: CallRecord;
}

/** A server that admits one token and says back what it hears. */
async function talking(
  overrides: Partial<HttpParts> = {},
): Promise<RunningServer & { readonly talks: readonly Talk[]; readonly asked: readonly string[] }> {
  const talks: Talk[] = [];
  const asked: string[] = [];
  const running = await startServer({
    async admit(token) {
      asked.push(token);
      return token === "tok-1" ? call : undefined;
    },
    talk(socket, admitted) {
      talks.push({ socket, call: admitted });
      socket.on("message", (frame, isBinary) => socket.send(frame, { binary: isBinary }));
    },
    ...overrides,
  });
  return { ...running, talks, asked };
}

function dial(port: number, target = path, signature: string | undefined = signed): WebSocket {
  const headers = signature === undefined ? {} : { "x-twilio-signature": signature };
  const socket = new WebSocket(`ws://127.0.0.1:${port}${target}`, { headers });
  socket.on("error", () => undefined);
  onTestFinished(() => socket.terminate());
  return socket;
}

async function opened(socket: WebSocket): Promise<WebSocket> {
  await once(socket, "open");
  return socket;
}

/** The status with which a handshake was turned away. */
async function refused(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.once("unexpected-response", (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
    });
    socket.once("open", () => resolve(101));
  });
}

async function closeCode(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once("close", resolve));
}

describe("a call's socket", () => {
  test("is handed over with the call that its token admits", async () => {
    const { port, talks, asked } = await talking();
    const socket = await opened(dial(port));
    const reply = once(socket, "message");
    socket.send('{"type":"setup"}');
    expect(String((await reply)[0])).toBe('{"type":"setup"}');
    expect(talks.map((talk) => talk.call)).toEqual([call]);
    expect(asked).toEqual(["tok-1"]);
  });

  test("hands over a frame that came right behind the handshake", async () => {
    const { port } = await talking();
    const socket = connect(port, "127.0.0.1");
    onTestFinished(() => {
      socket.destroy();
    });
    const handshake = [
      `GET ${path} HTTP/1.1`,
      "Host: x",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      `X-Twilio-Signature: ${signed}`,
      "",
      "",
    ];
    // A masked text frame "Hi" with a mask of zeros.
    socket.write(
      Buffer.concat([Buffer.from(handshake.join("\r\n")), Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x48, 0x69])]),
    );
    let received = "";
    socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
    await expect.poll(() => received).toMatch(/^HTTP\/1\.1 101[\s\S]*Hi$/u);
  });

  test("is refused before the upgrade when the signature is missing, wrong or of the web address", async () => {
    const { port, asked, entries } = await talking();
    const signatures = [
      undefined,
      "wrong",
      sign(authToken, publicUrl + path),
      sign("another", `wss://support.example.com${path}`),
      sign(authToken, "wss://support.example.com/conversation-relay/tok-2"),
    ];
    for (const signature of signatures)
      expect(await refused(signature === undefined ? unsignedDial(port) : dial(port, path, signature))).toBe(403);
    expect(asked).toEqual([]);
    expect(entries).toContainEqual({
      event: "socket_refused",
      route: "/conversation-relay",
      reason: "signature_invalid",
    });
  });

  test("is refused when its token admits no call, although it is signed", async () => {
    const { port, asked, talks } = await talking();
    const other = "/conversation-relay/tok-2";
    expect(await refused(dial(port, other, sign(authToken, `wss://support.example.com${other}`)))).toBe(403);
    expect([asked, talks]).toEqual([["tok-2"], []]);
  });

  test.each([
    "/",
    "/sms",
    "/conversation-relay",
    "/conversation-relay/",
    `${path}/x`,
    `${path}?a=1`,
    "/conversation-relay/%00",
    `//${path}`,
    `/conversation-relay/${"a".repeat(257)}`,
  ])("is at no other path: %s", async (target) => {
    const { port, asked } = await talking();
    expect(await refused(dial(port, target, sign(authToken, `wss://support.example.com${target}`)))).toBe(404);
    expect(asked).toEqual([]);
  });

  test("is refused for now when the ledger does not answer", async () => {
    const { port, entries } = await talking({
      async admit() {
        throw new ContinuoError("ledger_unavailable", "locked");
      },
    });
    expect(await refused(dial(port))).toBe(503);
    expect(entries).toMatchObject([{ event: "request_failed" }]);
  });

  test("is taken no more once the server drains, while open ones and webhooks go on", async () => {
    const { port, url, server } = await talking();
    const socket = await opened(dial(port));
    server.drain();
    expect(await refused(dial(port))).toBe(503);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const reply = once(socket, "message");
    socket.send("still here");
    expect(String((await reply)[0])).toBe("still here");
  });

  test("is turned away when the server begins to drain while its token is looked up", async () => {
    const looking = Promise.withResolvers<CallRecord>();
    const asked = Promise.withResolvers<undefined>();
    const { port, server, talks } = await talking({
      async admit() {
        asked.resolve(undefined);
        return looking.promise;
      },
    });
    const socket = refused(dial(port));
    await asked.promise;
    server.drain();
    looking.resolve(call);
    expect([await socket, talks]).toEqual([503, []]);
  });

  test("that goes away while its token is looked up harms nobody", async () => {
    const looking = Promise.withResolvers<CallRecord>();
    const asked = Promise.withResolvers<undefined>();
    let waiting = true;
    const { port } = await talking({
      async admit() {
        if (!waiting) return call;
        waiting = false;
        asked.resolve(undefined);
        return looking.promise;
      },
    });
    const socket = dial(port);
    await asked.promise;
    socket.terminate();
    await closeCode(socket);
    looking.resolve(call);
    await opened(dial(port));
  });

  test("may be silent for longer than any request", async () => {
    const running = await startServer(
      { admit: async () => call, talk: (socket) => void socket.on("message", () => socket.send("still here")) },
      { ...defaultLimits, headersMs: 50, requestMs: 60, idleMs: 80, checkMs: 10 },
    );
    const socket = await opened(dial(running.port));
    // An idle connection beside it is cut in the meantime, and more than once.
    for (const _ of [1, 2, 3])
      await new Promise((resolve) => connect(running.port, "127.0.0.1").resume().once("close", resolve));
    const reply = once(socket, "message");
    socket.send("x");
    expect(String((await reply)[0])).toBe("still here");
  });
});

describe("a broken frame", () => {
  test.each<[string, number, (socket: WebSocket) => void]>([
    ["that is too long", 1009, (socket) => socket.send("x".repeat(65_537))],
    ["that is no UTF-8", 1007, (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false })],
  ])("%s closes its own connection only", async (_case, code, send) => {
    const { port } = await talking();
    const [socket, other] = [await opened(dial(port)), await opened(dial(port))];
    send(socket);
    expect(await closeCode(socket)).toBe(code);
    const reply = once(other, "message");
    other.send("fine");
    expect(String((await reply)[0])).toBe("fine");
  });

  test("of exactly the longest length is taken", async () => {
    const { port } = await talking();
    const socket = await opened(dial(port));
    const reply = once(socket, "message");
    socket.send("x".repeat(65_536));
    expect(String((await reply)[0]).length).toBe(65_536);
  });

  test("of nobody's protocol closes its own connection only", async () => {
    const { port, talks } = await talking();
    const socket = await opened(dial(port));
    // Straight onto the wire: reserved bits that nothing allows.
    Reflect.get(socket, "_socket").write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect(await closeCode(socket)).toBe(1002);
    expect(talks.length).toBe(1);
    await opened(dial(port));
  });
});

describe("the end of the server", () => {
  test("cuts what is still open, so that Twilio asks what comes next", async () => {
    const { port, server } = await talking();
    const socket = await opened(dial(port));
    const closed = closeCode(socket);
    await server[Symbol.asyncDispose]();
    expect(await closed).toBe(1006);
  });

  test("a call that cannot be taken over closes its own connection", async () => {
    const { port, entries } = await talking({
      talk() {
        throw new ContinuoError("internal", "broken");
      },
    });
    expect(await closeCode(dial(port))).toBe(1011);
    expect(entries).toMatchObject([{ event: "socket_failed" }]);
  });
});

function unsignedDial(port: number): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  socket.on("error", () => undefined);
  return socket;
}
