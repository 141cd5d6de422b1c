import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { migrations } from "../../src/ledger/sqlite/migrations.ts";
import { readSignedForm } from "../harness/bare-form.ts";
import { subjectIdOf, textStatements, textWrites } from "../harness/bare-rows.ts";
import { openBareWriter } from "../harness/bare-writer.ts";
import { serve } from "../harness/program.ts";

// The least that a durable webhook can be: parse, check, write, acknowledge.

const write = await openBareWriter({
  file: path.join(process.argv[2] ?? "", "bare.db"),
  tables: Object.values(migrations).flat(),
  statements: textStatements,
});
const known = new Set<string>();

const server = createServer((request, response) => void take(request, response));
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1");
await once(server, "listening");

serve({});

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = await readSignedForm(request);
  if (form === undefined) {
    response.writeHead(403, { "content-length": 0 }).end();
    return;
  }
  const { MessageSid = "", From = "", Body = "" } = form;
  const writes = textWrites(
    { sid: MessageSid, from: From, body: Body, now: Date.now() },
    { id: subjectIdOf(From), known: known.has(From) },
  );
  known.add(From);
  await write(writes);
  response.writeHead(200, { "content-type": "text/xml", "content-length": EMPTY.length }).end(EMPTY);
}

const EMPTY = "<Response/>";
