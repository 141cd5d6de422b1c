import { digest } from "../../core/digest.ts";
import { foldPlan, type FoldPlan } from "../../core/fold-plan.ts";
import { closeEpisode, foldInto } from "../../core/fold.ts";
import type { SessionId } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import { askModel, keep, type Pass, type PassStep } from "./memory-keeping.ts";
import { sessionBefore, sessionsOf, timesOf, turnsAfter } from "./memory-reading.ts";

type Fold = Extract<FoldPlan, { kind: "fold" }>;

/** Folds what is to be folded next, or closes what is over. */
export async function foldNext(pass: Pass): Promise<PassStep> {
  const { parts, of, loaded, memory } = pass;
  const entries = await turnsAfter(parts, of, { afterSeq: memory.foldedThrough, throughSeq: loaded.seq });
  const record = await parts.sessions.current(of);
  const own = await sessionsOf(parts, of);
  const plan = foldPlan(entries, {
    windowTurns: of.windowTurns,
    window: loaded.entries,
    current: { id: record?.id ?? loaded.session, over: record?.state === "CLOSED" },
    before: sessionBefore(own, { entries, loaded }),
    own,
    summarised: memory.summary,
  });
  if (plan === undefined) return "done";
  return plan.kind === "close" ? await close(pass, plan.session) : await fold(pass, plan);
}

async function fold(pass: Pass, plan: Fold): Promise<PassStep> {
  const { session, entries, closes } = plan;
  const last = entries.at(-1);
  if (last === undefined) return "done";
  const text = await summaryOf(pass, plan);
  if (text === undefined) return "later";
  const now = pass.parts.clock.now();
  const over = closes && session !== undefined ? { session, ...(await times(pass, session, entries)) } : undefined;
  const throughSeq = last.seq;
  const kept = await keep(pass, last, (memory) =>
    over === undefined
      ? foldInto(memory, { text, throughSeq, session, at: now })
      : closeEpisode(memory, { ...over, text, throughSeq }),
  );
  if (!kept) return "moved";
  pass.made.folded += entries.length;
  return "next";
}

async function close(pass: Pass, session: SessionId): Promise<PassStep> {
  const over = { session, ...(await times(pass, session, [])) };
  return (await keep(pass, undefined, (memory) => closeEpisode(memory, over))) ? "next" : "moved";
}

function times({ parts, of }: Pass, session: SessionId, entries: readonly Entry[]): ReturnType<typeof timesOf> {
  return timesOf(parts, of, { session, entries, now: parts.clock.now() });
}

/** The summary of a session with more of it; undefined when it is to be tried again later. */
async function summaryOf(pass: Pass, { session, entries, pressing }: Fold): Promise<string | undefined> {
  const { parts, of, memory } = pass;
  const { summary, episodes } = memory;
  const running = summary !== undefined && (summary.session === undefined || summary.session === session);
  const earlier = running ? summary.text : (episodes.find((each) => each.session === session)?.summary ?? "");
  if (!entries.some(({ item }) => told.has(item.kind))) return earlier;
  const { tenant, agent, signal } = of;
  return await askModel(pass, {
    stage: "fold",
    entries,
    ask: () => parts.model.summarise({ tenant, agent, earlier, entries }, signal),
    instead: () => digest(entries, { earlier }),
    pressing,
  });
}

/** What a summary can tell of. */
const told: ReadonlySet<Entry["item"]["kind"]> = new Set([
  "customer",
  "agent",
  "operator",
  "tool_call",
  "tool_result",
  "note",
]);
