import type { DomainEvent } from "../../core/events.ts";
import { extractNext } from "./memory-extracting.ts";
import { foldNext } from "./memory-folding.ts";
import { eventOf, type Pass, type PassParts, type PassStep } from "./memory-keeping.ts";
import type { MemoryStage } from "./memory-trouble.ts";

/** What a pass came to. */
export interface PassEnd {
  readonly events: readonly DomainEvent[];
  /** Whether there is more to do at once. */
  readonly more: boolean;
}

// So many questions to a model in one pass; whoever has more to remember waits for their next turn among the others.
const MOST_STEPS = 8;

/** Looks through what was said since the last pass, then folds what has left the window and closes what is over. */
export async function memoryPass(parts: PassParts, of: Pass["of"]): Promise<PassEnd> {
  const loaded = await parts.store.load(of, { turns: of.windowTurns });
  const made = { facts: 0, entities: 0, folded: 0 };
  const pass: Pass = { parts, of, loaded, memory: loaded.memory, events: [], made };
  const looked = await runStage(pass, "extract", extractNext);
  const folded = looked === "moved" ? looked : await runStage(pass, "fold", foldNext);
  if (made.facts + made.entities + made.folded > 0) pass.events.push(eventOf(pass, "memory_updated", { ...made }));
  return { events: pass.events, more: looked !== "done" || folded !== "done" };
}

/** Takes steps of a stage until nothing is left of it; whether it came to its end for now. */
async function runStage(
  pass: Pass,
  stage: MemoryStage,
  step: (pass: Pass) => Promise<PassStep>,
): Promise<"done" | "more" | "moved"> {
  for (let count = 0; count < MOST_STEPS; count += 1) {
    const end = await step(pass);
    if (pass.of.signal.aborted || end === "later") return "done";
    if (end === "moved") return "moved";
    if (end === "done") {
      forgetTrouble(pass, stage);
      return "done";
    }
  }
  return "more";
}

/** What there is nothing left to try for is no trouble; a model that failed is left alone for its time all the same. */
function forgetTrouble({ parts, of: { subjectId } }: Pass, stage: MemoryStage): void {
  const trouble = parts.troubles.of(subjectId, stage);
  if (trouble !== undefined && trouble.nextAt <= parts.clock.now()) parts.troubles.mended(subjectId, stage);
}
