import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AgentInputItem } from "@openai/agents";
import { account } from "../harness/account.ts";
import { agentItem, bareAgent, customerItem } from "../harness/bare-agent.ts";
import { readSignedForm } from "../harness/bare-form.ts";
import { serve } from "../harness/program.ts";

// The least that answering a text can be: parse, check, keep, run the SDK, send, keep.

const [folder = "", modelUrl = "", twilioUrl = "", way = ""] = process.argv.slice(2);
const database = new DatabaseSync(path.join(folder, "bare.db"));
database.exec("PRAGMA journal_mode = WAL");
database.exec("PRAGMA synchronous = FULL");
database.exec("PRAGMA wal_autocheckpoint = 4000");
database.exec(
  "CREATE TABLE texts (sid TEXT PRIMARY KEY, sender TEXT NOT NULL, body TEXT NOT NULL, reply TEXT) STRICT, WITHOUT ROWID",
);
// Each statement is a commit of its own.
const keepText = database.prepare("INSERT INTO texts (sid, sender, body) VALUES (?, ?, ?)");
const keepReply = database.prepare("UPDATE texts SET reply = ? WHERE sid = ?");
const agent = bareAgent(modelUrl, "sms");
const histories = new Map<string, readonly AgentInputItem[]>();

const server = createServer((request, response) => void take(request, response));
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1");
await once(server, "listening");

serve({});

/** As many items as the platform is told to show the model: ten turns. */
const WINDOW_ITEMS = 20;
const EMPTY = "<Response/>";

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = await readSignedForm(request);
  if (form === undefined) {
    response.writeHead(403, { "content-length": 0 }).end();
    return;
  }
  const { MessageSid = "", From = "", Body = "" } = form;
  keepText.run(MessageSid, From, Body);
  response.writeHead(200, { "content-type": "text/xml", "content-length": EMPTY.length }).end(EMPTY);

  const items = [...(histories.get(From) ?? []), customerItem(Body)];
  const reply = way === "whole" ? await agent.whole(items) : await agent.stream(items, () => undefined);
  histories.set(From, [...items, agentItem(reply)].slice(-WINDOW_ITEMS));
  const sent = await fetch(`${twilioUrl}/2010-04-01/Accounts/${account.sid}/Messages.json`, {
    method: "POST",
    headers: { authorization: AUTHORIZATION },
    body: new URLSearchParams({
      To: From,
      From: account.number,
      Body: reply,
      StatusCallback: `${account.publicUrl}/status`,
    }),
  });
  await sent.text();
  keepReply.run(reply, MessageSid);
}

const AUTHORIZATION = `Basic ${Buffer.from(`${account.sid}:${account.token}`).toString("base64")}`;
