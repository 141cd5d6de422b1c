import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startServer } from "../../test/support/http-server.ts";
import { defaultLimits } from "./server.ts";

test("a connection that was opened in advance holds up nobody who wants to stop", { timeout: 5_000 }, async () => {
  const { server, port, url } = await startServer({}, { ...defaultLimits, idleMs: 60_000 });
  const inAdvance = connect(port, "127.0.0.1");
  inAdvance.on("error", () => undefined);
  await once(inAdvance, "connect");
  expect((await fetch(`${url}/health`)).status).toBe(200);
  const closed = once(inAdvance, "close");
  await server[Symbol.asyncDispose]();
  await closed;
});
