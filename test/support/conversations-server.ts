import { randomUUID } from "node:crypto";
import { startModelServer, type ModelAnswer, type ModelServer, type SeenRequest } from "./model-server.ts";

/** An item as the server keeps it, in the API's own words. */
export interface KeptItem {
  readonly id: string;
  readonly type: string;
  readonly role?: string;
  readonly content?: unknown;
  readonly call_id?: string;
  readonly output?: unknown;
}

/** What the server keeps of a request whose client left before the end; what OpenAI keeps is not documented, so all must be borne. */
export type AfterCut = "nothing" | "input" | "everything";

/** A local server with the Responses API and the Conversations API, which enforces their rules. */
export interface ConversationsServer extends AsyncDisposable {
  /** The base URL with `/v1`. */
  readonly url: string;
  /** Every request, whatever it was. */
  readonly requests: readonly SeenRequest[];
  /** The requests to the model alone. */
  readonly asked: readonly SeenRequest[];
  /** Requests that were refused, as `status message`. */
  readonly refusals: readonly string[];
  /** The items of each conversation that is there, by its id. */
  readonly conversations: ReadonlyMap<string, readonly KeptItem[]>;
  /** What is kept of items whose conversation was deleted: OpenAI keeps them. */
  readonly orphans: readonly KeptItem[];
  /** The items of the only conversation, as `user text`, `assistant text`, `call call_1`, `output call_1 text`. */
  transcript(): readonly string[];
  /** Makes a conversation that is not this program's doing, with items. */
  plant(items: readonly Omit<KeptItem, "id">[]): string;
  /** Deletes a conversation behind everybody's back. */
  lose(id: string): void;
  /** Resolves with the model request of this number, from 1. */
  request(number: number): Promise<SeenRequest>;
}

type Refusal = Extract<ModelAnswer, { kind: "fail" }>;

/** Starts one; the answers of the model are decided by a function, from the request and its number among the model's (from 1). */
export async function startConversationsServer(
  answer: (request: SeenRequest, number: number) => ModelAnswer,
  options: { readonly afterCut?: AfterCut; readonly fails?: (request: SeenRequest) => Refusal | undefined } = {},
): Promise<ConversationsServer> {
  const conversations = new Map<string, KeptItem[]>();
  const orphans: KeptItem[] = [];
  const asked: SeenRequest[] = [];
  const refusals: string[] = [];
  const waiting = new Map<number, (request: SeenRequest) => void>();

  function refuse(status: number, message: string, code?: string): Refusal {
    refusals.push(`${status} ${message}`);
    return { kind: "fail", status, message, ...(code === undefined ? {} : { code }) };
  }

  function unknown(id: string): Refusal {
    return refuse(404, `Conversation with id '${id}' not found.`);
  }

  /** Why these items may not follow the ones that are there; `asking` when the model is to answer behind them. */
  function refusalOf(items: readonly KeptItem[], there: readonly KeptItem[], asking: boolean): Refusal | undefined {
    const open = new Set(openIn(there));
    const calls = new Set(there.flatMap((item) => (item.type === "function_call" ? [item.call_id] : [])));
    for (const { type, call_id: callId = "" } of items) {
      if (type === "function_call_output") {
        if (!calls.has(callId))
          return refuse(400, `No tool call found for function call output with call_id ${callId}.`);
        open.delete(callId);
      } else if (type === "function_call") {
        open.add(callId);
        calls.add(callId);
      } else if (open.size > 0) break;
    }
    const [still] = open;
    const last = items.at(-1);
    const mayWait = !asking && last?.type === "function_call";
    return still === undefined || mayWait ? undefined : refuse(400, `No tool output found for function call ${still}.`);
  }

  function ask(request: SeenRequest): ModelAnswer {
    const { conversation, input } = request.body;
    asked.push(request);
    waiting.get(asked.length)?.(request);
    if (conversation === undefined) return answer(request, asked.length);
    const id = String(conversation);
    if (!id.startsWith("conv_"))
      return refuse(400, `Invalid 'conversation': '${id}'. Expected an ID that begins with 'conv'.`);
    const there = conversations.get(id);
    if (there === undefined) return unknown(id);
    if (!Array.isArray(input) || input.length === 0) return refuse(400, "One of 'input' must be given.");
    const told = input.map(asItem);
    const refused = refusalOf(told, there, true);
    if (refused !== undefined) return refused;
    const given = answer(request, asked.length);
    if (given.kind !== "say" && given.kind !== "call") return given;
    let made = false;
    void request.ended.then(({ how }) => {
      if (how === "finished" || made || options.afterCut === undefined || options.afterCut === "nothing") return;
      there.push(...told);
      if (options.afterCut === "everything") there.push(...wholeOutput(given));
    });
    return {
      ...given,
      onMade(output) {
        made = true;
        there.push(...told, ...output.map(asItem));
      },
    };
  }

  function keep(request: SeenRequest): ModelAnswer {
    const { pathname, searchParams } = new URL(request.path, "http://server");
    const [, , , id, , itemId] = pathname.split("/");
    if (id === undefined) {
      const made = newId("conv");
      conversations.set(made, []);
      return { kind: "json", body: { id: made, object: "conversation", created_at: 1_700_000_000, metadata: {} } };
    }
    const there = conversations.get(id);
    if (there === undefined) return unknown(id);
    if (itemId !== undefined) {
      const at = there.findIndex((item) => item.id === itemId);
      if (at < 0) return refuse(404, `Item with id '${itemId}' not found.`);
      there.splice(at, 1);
      return { kind: "json", body: { id, object: "conversation", created_at: 1_700_000_000, metadata: {} } };
    }
    if (request.method === "DELETE") {
      conversations.delete(id);
      orphans.push(...there);
      return { kind: "json", body: { id, object: "conversation.deleted", deleted: true } };
    }
    if (request.method === "GET") return { kind: "json", body: page(there, searchParams) };
    const { items } = request.body;
    if (!Array.isArray(items) || items.length > 20)
      return refuse(
        400,
        `Invalid 'items': array too long. Expected an array with maximum length 20, but got an array with length ${items?.length} instead.`,
      );
    const added = items.map(asItem);
    const refused = refusalOf(added, there, false);
    if (refused !== undefined) return refused;
    there.push(...added);
    return {
      kind: "json",
      body: { object: "list", data: added, first_id: added[0]?.id, last_id: added.at(-1)?.id, has_more: false },
    };
  }

  const server: ModelServer = await startModelServer((request) => {
    const failure = options.fails?.(request);
    if (failure !== undefined) return failure;
    return request.path.startsWith("/v1/conversations") ? keep(request) : ask(request);
  });

  return {
    url: server.url,
    requests: server.requests,
    asked,
    refusals,
    conversations,
    orphans,
    transcript: () => [...conversations.values()].flatMap((items) => items.map(lineOf)),
    plant(items) {
      const id = newId("conv");
      conversations.set(id, items.map(asItem));
      return id;
    },
    lose(id) {
      conversations.delete(id);
    },
    request(number) {
      const seen = asked[number - 1];
      if (seen !== undefined) return Promise.resolve(seen);
      return new Promise((resolve) => {
        waiting.set(number, resolve);
      });
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** What the model would have said, had its client stayed. */
function wholeOutput(given: Extract<ModelAnswer, { kind: "say" | "call" }>): readonly KeptItem[] {
  const text = given.kind === "say" ? given.tokens.join("") : "";
  const said =
    text === "" ? [] : [asItem({ type: "message", role: "assistant", content: [{ type: "output_text", text }] })];
  const calls = (given.calls ?? []).map((call) =>
    asItem({
      type: "function_call",
      call_id: call.callId ?? newId("call"),
      name: call.name,
      arguments: call.arguments,
    }),
  );
  return [...said, ...calls];
}

function openIn(items: readonly KeptItem[]): readonly string[] {
  const answered = new Set(items.flatMap((item) => (item.type === "function_call_output" ? [item.call_id] : [])));
  return items.flatMap((item) =>
    item.type === "function_call" && item.call_id !== undefined && !answered.has(item.call_id) ? [item.call_id] : [],
  );
}

function page(items: readonly KeptItem[], query: URLSearchParams): object {
  const ordered = query.get("order") === "asc" ? items : items.toReversed();
  const after = query.get("after");
  const from = after === null ? 0 : ordered.findIndex((item) => item.id === after) + 1;
  const limit = Number(query.get("limit") ?? 20);
  const data = ordered.slice(from, from + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: from + limit < ordered.length,
  };
}

/** An item with an id of its own, as the server would keep it. */
function asItem(given: unknown): KeptItem {
  // Whatever the client sent; tests look into it freely.
  // oxlint-disable-next-line typescript/no-explicit-any
  const item = given as any;
  const type = item.type ?? "message";
  const prefix = type === "message" ? "msg" : type === "function_call" ? "fc" : "fco";
  return { ...item, type, id: item.id ?? newId(prefix) };
}

function lineOf(item: KeptItem): string {
  if (item.type === "function_call") return `call ${item.call_id}`;
  if (item.type === "function_call_output") return `output ${item.call_id} ${textIn(item.output)}`;
  return `${item.role} ${textIn(item.content)}`;
}

function textIn(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return JSON.stringify(content);
  // Whatever the client sent.
  return content.map((part: { readonly text?: string }) => part.text ?? "").join("");
}

function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll("-", "")}`;
}
