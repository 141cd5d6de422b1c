import fc from "fast-check";
import type { TurnId } from "../../core/ids.ts";
import type { Entry, Item } from "../../core/item.ts";
import type { StoreMerge, TurnAppend } from "../../core/ports/store.ts";
import { agent, customer } from "./stage.ts";

/** What the simplest conversation consists of. */
interface ModelState {
  readonly entries: readonly Entry[];
  readonly seq: number;
  readonly fence: number;
  /** Where each turn with the customer's words begins; 0 when that was trimmed. */
  readonly starts: readonly number[];
  readonly done: readonly TurnId[];
}

/** The simplest thing that is a conversation, to compare a store's with. */
export type Model = ReturnType<typeof newModel>;

/** A conversation of which every question is answered by looking at all of it. */
export function newModel(start: ModelState = { entries: [], seq: 0, fence: 0, starts: [], done: [] }) {
  let state = start;
  return {
    state: (): ModelState => state,
    append(record: TurnAppend): string {
      const { turnId, at, items } = record;
      if (state.done.includes(turnId)) return "repeated";
      if (record.fence < state.fence) return "fenced";
      if (record.expectedSeq !== state.seq) return "stale";
      const said = items.some(({ kind }) => kind === "customer");
      state = {
        entries: [...state.entries, ...items.map((item, index) => ({ seq: state.seq + index + 1, turnId, at, item }))],
        seq: state.seq + items.length,
        fence: record.fence,
        starts: said ? [...state.starts, state.seq + 1] : state.starts,
        done: [...state.done, turnId],
      };
      return "appended";
    },
    trim(throughSeq: number): number {
      const entries = state.entries.filter(({ seq }) => seq > throughSeq);
      const gone = state.entries.length - entries.length;
      state = { ...state, entries, starts: state.starts.map((place) => (place > throughSeq ? place : 0)) };
      return gone;
    },
    window(turns: number, unfolded: number, foldedThrough: number): readonly Entry[] {
      const earliest = Math.max(foldedThrough + 1, begins(state, turns + unfolded));
      const from = Math.min(begins(state, turns), earliest);
      return state.entries.filter(({ seq }) => seq >= from);
    },
    page(options: { readonly beforeSeq?: number; readonly afterSeq?: number; readonly limit: number }) {
      const { beforeSeq = Infinity, afterSeq, limit } = options;
      const between = state.entries.filter(({ seq }) => seq < beforeSeq && seq > (afterSeq ?? 0));
      return afterSeq === undefined ? between.slice(Math.max(0, between.length - limit)) : between.slice(0, limit);
    },
  };
}

/** Two conversations as one: the entries in the given order, the last one's place being the sum of both. */
export function mergedModel(into: Model, from: Model, order: StoreMerge["order"]): Model {
  const pair = { into: into.state(), from: from.state() };
  const seq = pair.into.seq + pair.from.seq;
  const taken = { into: 0, from: 0 };
  const placed = order.map((whose, index) => {
    const entry = pair[whose].entries[taken[whose]];
    if (entry === undefined) throw new Error("the order names more entries than there are");
    taken[whose] += 1;
    const begun = pair[whose].starts.includes(entry.seq);
    return { begun, entry: { ...entry, seq: seq - order.length + index + 1 } };
  });
  const trimmed = [...pair.into.starts, ...pair.from.starts].filter((place) => place === 0);
  return newModel({
    entries: placed.map(({ entry }) => entry),
    seq,
    fence: Math.max(pair.into.fence, pair.from.fence),
    starts: [...trimmed, ...placed.filter(({ begun }) => begun).map(({ entry }) => entry.seq)],
    done: [...pair.into.done, ...pair.from.done],
  });
}

/** What some turn adds. */
export function someItems(): fc.Arbitrary<readonly Item[]> {
  return fc.array(fc.oneof(fc.string().map(customer), fc.string().map(agent)), { maxLength: 4 });
}

function begins({ seq, starts }: ModelState, turns: number): number {
  return turns === 0 ? seq + 1 : (starts.at(-turns) ?? 0);
}
