import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { z } from "zod";
import type { LocatedAgents } from "../../src/agent/agents-config.ts";
import { defineAgent } from "../../src/agent/define-agent.ts";
import { defineTool } from "../../src/agent/define-tool.ts";

const bookVisit = defineTool({
  name: "book_visit",
  description: "Books a technician's visit.",
  parameters: z.object({ day: z.string(), calendar: z.string() }),
  effect: "writes",
  sameAct: ({ day }) => day,
  async execute({ day, calendar }, turn) {
    const answer = await fetch(`${calendar}/${day}`, { method: "POST", signal: turn.signal });
    return { booked: await answer.text() };
  },
});

/** An agent whose one tool books a visit in a calendar that the test keeps. */
export const agent = defineAgent({
  name: "booking",
  instructions: "Book visits.",
  tools: [bookVisit],
  greeting: "Hello, this is the AI assistant.",
  apology: "I am sorry, I cannot answer just now.",
  language: "en-US",
});

/** The agent above, as an agents' configuration would name it. */
export const bookingAgent: LocatedAgents = {
  config: { defaultAgent: "booking", agents: { booking: "./booking-agent.ts" } },
  base: import.meta.url,
};

/** A calendar that takes a booking at once and confirms it when it is told to. */
export interface Calendar extends AsyncDisposable {
  readonly url: string;
  /** The days that were asked for, in order; one that gave up before it was confirmed is marked. */
  readonly bookings: readonly string[];
  /** Resolves when the first booking was asked for. */
  readonly asked: Promise<void>;
  /** Confirms what was asked for so far. */
  confirm(): void;
}

/** Opens an empty calendar. */
export async function openCalendar(): Promise<Calendar> {
  const bookings: string[] = [];
  const open: ServerResponse[] = [];
  const asked = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const place = bookings.push((request.url ?? "").slice(1)) - 1;
    open.push(response);
    response.on("close", () => {
      if (!response.writableFinished) bookings[place] += " (given up)";
    });
    asked.resolve();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    bookings,
    asked: asked.promise,
    confirm() {
      for (const response of open.splice(0)) response.end("at nine");
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
