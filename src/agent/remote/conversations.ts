import type { AgentInputItem } from "@openai/agents";
import type OpenAI from "openai";
import type { ResponseInputItem } from "openai/resources/responses/responses";
import { z } from "zod";
import { ContinuoError } from "../../core/errors.ts";
import { isGone, lacksConversations } from "./trouble.ts";

/** Conversations that OpenAI keeps, by their ids (`conv_…`). */
export interface Conversations {
  /** Makes one that holds nothing; its id. Rejects with `model_unavailable` where the server has no such thing. */
  create(signal: AbortSignal): Promise<string>;
  /** Adds items, in order; at most `MOST_AT_ONCE`. */
  add(id: string, items: readonly AgentInputItem[], signal: AbortSignal): Promise<void>;
  /** The last items, the oldest first, at most 100; `all` when there are no others. */
  last(id: string, signal: AbortSignal): Promise<{ readonly items: readonly RemoteItem[]; readonly all: boolean }>;
  /** Deletes one with every item in it; how many items went. One that is not there is as good as deleted. */
  forget(id: string, signal: AbortSignal): Promise<number>;
}

/** An item there, as far as it matters here. */
export type RemoteItem =
  | { readonly kind: "user" | "assistant" | "system"; readonly id: string; readonly text: string }
  | { readonly kind: "call" | "output"; readonly id: string; readonly callId: string }
  | { readonly kind: "other"; readonly id: string };

/** OpenAI takes no more items in one request. */
export const MOST_AT_ONCE = 20;
const PAGE = 100;
const DELETIONS_AT_ONCE = 5;

/** The conversations of OpenAI, or of a server that speaks like it. */
export function openaiConversations(client: Pick<OpenAI, "conversations">): Conversations {
  const { conversations: api } = client;

  /** Every id in a conversation, the oldest first. */
  async function idsIn(id: string, signal: AbortSignal): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let after: string | undefined; ; after = ids.at(-1)) {
      const query = { order: "asc", limit: PAGE, ...(after === undefined ? {} : { after }) } as const;
      const page = await api.items.list(id, query, { signal });
      const found = page.data.map((item) => remoteItem(item).id);
      ids.push(...found);
      if (!page.has_more || found.length === 0) return ids;
    }
  }

  return {
    async create(signal) {
      try {
        return (await api.create({}, { signal })).id;
      } catch (error) {
        if (!lacksConversations(error)) throw error;
        throw new ContinuoError(
          "model_unavailable",
          'the model\'s server has no Conversations API, and the agent keeps its history there; set its history to "own", or use a server that has it',
          { cause: error },
        );
      }
    },
    async add(id, items, signal) {
      await api.items.create(id, { items: items.map(apiItem) }, { signal });
    },
    async last(id, signal) {
      const page = await api.items.list(id, { order: "desc", limit: PAGE }, { signal });
      return { items: page.data.map(remoteItem).toReversed(), all: !page.has_more };
    },
    async forget(id, signal) {
      let gone = 0;
      // Deleting a conversation leaves its items where they are: what was said goes first.
      const ids = await idsIn(id, signal).catch((error: unknown) => {
        if (isGone(error)) return [];
        throw error;
      });
      for (let at = 0; at < ids.length; at += DELETIONS_AT_ONCE) {
        const some = ids.slice(at, at + DELETIONS_AT_ONCE);
        await Promise.all(
          some.map(async (item) => {
            const deleting = api.items.delete(item, { conversation_id: id }, { signal });
            if (await unlessGone(deleting)) gone += 1;
          }),
        );
      }
      await unlessGone(api.delete(id, { signal }));
      return gone;
    },
  };
}

async function unlessGone(deleting: Promise<unknown>): Promise<boolean> {
  try {
    await deleting;
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** One of the items that a window becomes, as the API takes it. */
function apiItem(item: AgentInputItem): ResponseInputItem {
  if (item.type === "function_call")
    return { type: "function_call", call_id: item.callId, name: item.name, arguments: item.arguments };
  if (item.type === "function_call_result")
    return { type: "function_call_output", call_id: item.callId, output: textOf(item.output) };
  if (item.type === "message" || item.type === undefined)
    return { type: "message", role: item.role, content: textOf(item.content) };
  throw new TypeError(`a window has no item of the type ${item.type}`);
}

const text = z.object({ text: z.string() });
const content = z.union([z.string(), text.transform((one) => one.text), z.array(z.unknown()).transform(joined)]);

function joined(parts: readonly unknown[]): string {
  return parts
    .map((part) => text.safeParse(part))
    .flatMap((part) => (part.success ? [part.data.text] : []))
    .join("");
}

function textOf(given: unknown): string {
  const read = content.safeParse(given);
  return read.success ? read.data : JSON.stringify(given);
}

const listed = z.union([
  z.object({ type: z.literal("message"), id: z.string(), role: z.string(), content }).transform(message),
  z
    .object({ type: z.literal("function_call"), id: z.string(), call_id: z.string() })
    .transform(({ id, call_id: callId }): RemoteItem => ({ kind: "call", id, callId })),
  z
    .object({ type: z.literal("function_call_output"), id: z.string(), call_id: z.string() })
    .transform(({ id, call_id: callId }): RemoteItem => ({ kind: "output", id, callId })),
  z.object({ id: z.string() }).transform(({ id }): RemoteItem => ({ kind: "other", id })),
]);

function message({ id, role, content: said }: { id: string; role: string; content: string }): RemoteItem {
  switch (role) {
    case "user":
    case "assistant":
      return { kind: role, id, text: said };
    case "system":
    case "developer":
      return { kind: "system", id, text: said };
    default:
      return { kind: "other", id };
  }
}

function remoteItem(given: unknown): RemoteItem {
  const read = listed.safeParse(given);
  return read.success ? read.data : { kind: "other", id: "" };
}
