import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { accountSid, authToken, publicUrl, startServer } from "../../test/support/http-server.ts";
import { sign } from "../channels/twilio/signature.ts";
import { defaultLimits, type HttpLimits } from "./server.ts";

const quick: HttpLimits = { ...defaultLimits, headersMs: 200, requestMs: 300, checkMs: 50, idleMs: 60_000 };

/** A connection, with everything that came back on it by the time it was closed. */
function raw(port: number): { socket: Socket; closed: Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
  // A reset is one of the ways to be refused.
  socket.on("error", () => undefined);
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(received)));
  return { socket, closed };
}

async function send(port: number, request: string): Promise<string> {
  const { socket, closed } = raw(port);
  socket.write(request);
  return closed;
}

function smsRequest(target: string, signedPath: string): string {
  const form = {
    MessageSid: `SM${"0".repeat(32)}`,
    AccountSid: accountSid,
    From: "+1",
    To: "+2",
    Body: "Hi",
    NumMedia: "0",
  };
  const body = new URLSearchParams(form).toString();
  return [
    `POST ${target} HTTP/1.1`,
    "Host: evil.example.com",
    "Connection: close",
    "Content-Type: application/x-www-form-urlencoded",
    `X-Twilio-Signature: ${sign(authToken, publicUrl + signedPath, form)}`,
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

describe("whoever is slow is cut off", () => {
  test("with the headers", async () => {
    const { port } = await startServer({}, quick);
    const { socket, closed } = raw(port);
    socket.write("POST /sms HTTP/1.1\r\nHost: x\r\nX-A: ");
    const drip = setInterval(() => socket.write("a"), 20);
    expect(await closed).toContain("408");
    clearInterval(drip);
  });

  test("with the body", async () => {
    const { port, calls } = await startServer({}, quick);
    const { socket, closed } = raw(port);
    socket.write(
      "POST /sms HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n",
    );
    const drip = setInterval(() => socket.write("a"), 20);
    expect(await closed).toContain("408");
    clearInterval(drip);
    expect(calls).toEqual([]);
  });

  test("with anything at all", async () => {
    const { port } = await startServer({}, quick);
    await raw(port).closed;
  });

  test("within 15 seconds by the limits of production", () => {
    expect(defaultLimits.headersMs + defaultLimits.checkMs).toBeLessThan(15_000);
    expect(defaultLimits.requestMs + defaultLimits.checkMs).toBeLessThan(15_000);
  });
});

describe("what is no proper request", () => {
  test("costs nobody else anything", async () => {
    const { port, url } = await startServer({}, quick);
    const bad = [
      "nonsense\r\n\r\n",
      `GET /${"a".repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      `GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(100_000)}\r\n\r\n`,
      "POST /sms HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET /health HTTP/1.1\r\n\r\n",
      "\0\0\0\0",
    ];
    const answers = await Promise.all(bad.map((request) => send(port, request)));
    for (const answer of answers) expect(answer).toMatch(/^(?:HTTP\/1\.1 4\d\d|$)/u);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test("is refused before its address is read to the end", async () => {
    const { port } = await startServer({}, quick);
    const { socket, closed } = raw(port);
    const piece = "a".repeat(65_536);
    socket.write("GET /");
    for (let index = 0; index < 160 && socket.writable; index += 1) socket.write(piece);
    await closed;
    expect(socket.bytesWritten).toBeGreaterThan(0);
  });
});

describe("the address of a request", () => {
  test("counts as it was written, whatever host it names", async () => {
    const { port } = await startServer();
    expect(await send(port, smsRequest("http://elsewhere.example.com/sms", "/sms"))).toContain("200 OK");
    expect(await send(port, smsRequest("/sms?", "/sms?"))).toContain("200 OK");
    expect(await send(port, smsRequest("/%73ms", "/%73ms"))).toContain("200 OK");
  });

  test("is not put right first", async () => {
    const { port, calls } = await startServer();
    expect(await send(port, smsRequest("/%73ms", "/sms"))).toContain("403 Forbidden");
    expect(await send(port, smsRequest("/sms?a=%27", "/sms?a='"))).toContain("403 Forbidden");
    expect(await send(port, smsRequest("//sms", "//sms"))).toContain("404 Not Found");
    expect(await send(port, smsRequest("/x/../sms", "/sms"))).toContain("404 Not Found");
    expect(calls).toEqual([]);
  });

  test("with two signatures has none", async () => {
    const { port } = await startServer();
    const request = smsRequest("/sms", "/sms").replace(
      "Connection: close",
      "Connection: close\r\nX-Twilio-Signature: x",
    );
    expect(await send(port, request)).toContain("403 Forbidden");
  });

  test("may offer another protocol, which is not taken up", async () => {
    const { port } = await startServer();
    const request = smsRequest("/sms", "/sms").replace(
      "Connection: close",
      "Connection: Upgrade, close\r\nUpgrade: h2c",
    );
    expect(await send(port, request)).toContain("200 OK");
  });
});
