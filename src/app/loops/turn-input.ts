import { bridgeNote, type Bridge } from "../../core/bridge.ts";
import type { Item } from "../../core/item.ts";
import { viewOfMemory } from "../../core/memory-view.ts";
import type { AgentVoice } from "../../core/ports/responder.ts";
import type { LoadedConversation } from "../../core/ports/store.ts";
import { untoldOf, type RemoteTurn } from "../../core/remote.ts";
import type { BoundTurn } from "../../core/turn-record.ts";
import { sessionItems, viewOf, withNote } from "../../core/turn-view.ts";
import type { TurnWork } from "../../core/turn.ts";

/** What a turn gives the responder, and what it learned on the way. */
export interface TurnInput {
  readonly work: Pick<TurnWork, "window" | "memory" | "remote">;
  /** The customer came by another channel than before. */
  readonly bridge: Bridge | undefined;
}

/** Puts together what the agent is shown of a turn: the window, or what OpenAI was not told, and the memory. */
export function turnInput(
  loaded: LoadedConversation,
  turn: BoundTurn,
  given: {
    readonly items: readonly Item[];
    readonly history: AgentVoice["history"];
    readonly now: number;
    readonly keepRemote: RemoteTurn["keep"];
  },
): TurnInput {
  const { entries, memory } = loaded;
  const items = [...sessionItems(turn, loaded.session), ...given.items];
  const view = viewOf({ entries, foldedThrough: memory.foldedThrough }, turn, items);
  const { session } = turn;
  const shown = viewOfMemory(memory, { now: given.now, session, unsummarised: view.unsummarised });
  if (given.history === "own") return { work: { window: view.window, memory: shown }, bridge: view.bridge };
  const brought = items.map((item) => ({ turnId: turn.id, item }));
  const told = untoldOf(entries, memory.remote?.throughSeq ?? 0, brought);
  // An attempt that died, or was given up for a later text, may have told some of it.
  const again = turn.attempt > 1 || turn.rows.some((row) => row.superseded || row.failures > 0);
  const remote: RemoteTurn = {
    history: memory.remote,
    ...told,
    untold: view.bridge === undefined ? told.untold : withNote(told.untold, bridgeNote(view.bridge)),
    doubtful: told.doubtful || again,
    keep: given.keepRemote,
  };
  return { work: { window: view.window, memory: shown, remote }, bridge: view.bridge };
}
