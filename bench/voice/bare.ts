import { once } from "node:events";
import { createServer } from "node:http";
import path from "node:path";
import type { AgentInputItem } from "@openai/agents";
import { WebSocketServer, type WebSocket } from "ws";
import { migrations } from "../../src/ledger/sqlite/migrations.ts";
import { onlyCustomer } from "../harness/account.ts";
import { agentItem, bareAgent, customerItem } from "../harness/bare-agent.ts";
import { rowId, subjectIdOf } from "../harness/bare-rows.ts";
import { openBareWriter } from "../harness/bare-writer.ts";
import { serve } from "../harness/program.ts";

// The least that a voice turn can be: parse the prompt, make it durable, stream the SDK's words to the socket.

const [folder = "", modelUrl = ""] = process.argv.slice(2);
const write = await openBareWriter({
  file: path.join(folder, "bare.db"),
  tables: Object.values(migrations).flat(),
  statements: {
    row: `INSERT INTO inbox (id, dedupe_key, token, subject_id, received_at, treatment, kind, body, state, turn_id) VALUES (?, ?, NULL, ?, ?, 'answer', 'speech', ?, 'bound', ?)`,
    touch: `UPDATE subjects SET last_active_at = ? WHERE id = ?`,
    turn: `INSERT INTO turns (id, subject_id, attempt, state, spoken, taken_at) VALUES (?, ?, 1, 'bound', '', ?)`,
    lane: `INSERT INTO lanes (subject_id, holder, lease_until, fence, turn_id) VALUES (?, 'bare', 0, 1, ?) ON CONFLICT DO UPDATE SET turn_id = excluded.turn_id`,
    event: `INSERT INTO events (at, name, tenant, subject_id, turn_id, channel, detail) VALUES (?, ?, 'default', ?, ?, 'voice', NULL)`,
  },
});
const agent = bareAgent(modelUrl, "voice");
const subjectId = subjectIdOf(onlyCustomer);

const server = createServer();
const sockets = new WebSocketServer({ server, maxPayload: 65_536, perMessageDeflate: false });
sockets.on("connection", talk);
server.listen(0, "127.0.0.1");
await once(server, "listening");

serve({});

/** As many items as the platform is told to show the model: ten turns. */
const WINDOW_ITEMS = 20;

function talk(socket: WebSocket): void {
  let history: readonly AgentInputItem[] = [];
  let speaking: AbortController | undefined;
  socket.on("message", (raw: Buffer) => {
    // The load generator sends nothing but frames as Twilio sends them.
    const frame = JSON.parse(raw.toString()) as {
      readonly type: string;
      readonly voicePrompt?: string;
      readonly last?: boolean;
    };
    if (frame.type === "interrupt") speaking?.abort();
    if (frame.type === "prompt" && frame.last === true) void answer(frame.voicePrompt ?? "");
  });

  async function answer(text: string): Promise<void> {
    const control = new AbortController();
    speaking = control;
    const now = Date.now();
    const turnId = rowId(now);
    const body = JSON.stringify({ kind: "speech", callSid: "CA", text, lang: "en-US" });
    await write([
      ["row", rowId(now), turnId, subjectId, now, body, turnId],
      ["touch", now, subjectId],
      ["event", now, "message_received", subjectId, null],
      ["turn", turnId, subjectId, now],
      ["lane", subjectId, turnId],
      ["event", now, "turn_started", subjectId, turnId],
    ]);
    const items = [...history, customerItem(text)];
    const said = await agent.stream(
      items,
      (token) => socket.send(JSON.stringify({ type: "text", token, last: false })),
      control.signal,
    );
    if (control.signal.aborted) return;
    socket.send(JSON.stringify({ type: "text", token: "", last: true }));
    history = [...items, agentItem(said)].slice(-WINDOW_ITEMS);
  }
}
