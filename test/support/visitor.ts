import { journal, type Journal } from "../../src/simulator/journal.ts";

/** One event of a visitor's stream. */
export interface ToldEvent {
  readonly id?: string;
  readonly name: string;
  readonly told: Readonly<Record<string, unknown>>;
}

/** A line of the conversation as the visitor reads it. */
export interface ToldLine {
  readonly id: string;
  readonly who: string;
  readonly text: string;
  readonly channel: string;
}

/** Somebody in a browser, by the chat's HTTP API. */
export interface WebVisitor {
  readonly token: string;
  /** Says something; resolves with what the server answered. */
  say(
    text: string,
    id?: string,
  ): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>;
  /** What was said, as the history tells it. */
  history(): Promise<{ readonly lines: readonly ToldLine[]; readonly lastEventId: string }>;
  /** Listens until the stream ends or is closed. */
  listen(
    lastEventId?: string,
  ): Promise<{ readonly events: Journal<ToldEvent>; readonly close: () => void; readonly ended: Promise<void> }>;
  /** Posts to a path below `/chat/`. */
  post(path: string, body: object): Promise<Response>;
}

/** Says hello to a server; the address is asked for each time, because a restart changes it. */
export async function webVisitor(url: () => string, tenant?: string): Promise<WebVisitor> {
  const query = tenant === undefined ? "" : `?tenant=${tenant}`;
  const hello = await fetch(`${url()}/chat/hello${query}`, { method: "POST" });
  const { token }: { readonly token: string } = await read(hello);
  const authorization = `Bearer ${token}`;
  let said = 0;
  async function post(path: string, body: object): Promise<Response> {
    return await fetch(`${url()}/chat/${path}${query}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { authorization, "content-type": "application/json" },
    });
  }
  return {
    token,
    post,
    async say(text, id = `message-${(said += 1)}`) {
      const response = await post("messages", { id, text });
      return { status: response.status, body: await read(response) };
    },
    async history() {
      return await read(await fetch(`${url()}/chat/messages${query}`, { headers: { authorization } }));
    },
    async listen(lastEventId) {
      const control = new AbortController();
      const response = await fetch(`${url()}/chat/events${query}`, {
        signal: control.signal,
        headers: { authorization, ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) },
      });
      if (response.status !== 200 || response.body === null) throw new Error(`the stream answered ${response.status}`);
      const events = journal<ToldEvent>();
      return { events, ended: readEvents(response.body, events), close: () => control.abort() };
    },
  };
}

async function readEvents(body: ReadableStream<Uint8Array>, events: Journal<ToldEvent>): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const bytes of body) {
      const blocks = (text + decoder.decode(bytes, { stream: true })).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) take(block, events);
    }
  } catch (error) {
    // The test closed it, or the server went away.
    if (!(error instanceof Error)) throw error;
  }
}

function take(block: string, events: Journal<ToldEvent>): void {
  const fields = new Map(block.split("\n").map((line) => [line.split(": ", 1)[0], line.slice(line.indexOf(": ") + 2)]));
  const data = fields.get("data");
  const id = fields.get("id");
  if (data === undefined) return;
  events.add({ name: fields.get("event") ?? "", told: JSON.parse(data), ...(id === undefined ? {} : { id }) });
}

async function read<Body>(response: Response): Promise<Body> {
  // The tests say what they expect to be told.
  return (await response.json()) as Body;
}
