import { stretchesOf } from "../../core/fold-plan.ts";
import type { SessionId } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import type { Extraction } from "../../core/ports/memory-model.ts";
import { addExtraction } from "../../core/remember.ts";
import { askModel, keep, type Pass, type PassStep } from "./memory-keeping.ts";
import { sessionBefore, sessionsOf, turnsAfter } from "./memory-reading.ts";

/** Looks through the next turns of one session for values, facts and the intent. */
export async function extractNext(pass: Pass): Promise<PassStep> {
  const { parts, of, loaded, memory: known } = pass;
  const entries = await turnsAfter(parts, of, { afterSeq: known.extractedThrough, throughSeq: loaded.seq });
  const own = await sessionsOf(parts, of);
  const [stretch] = stretchesOf(entries, sessionBefore(own, { entries, loaded }), own);
  const last = stretch?.entries.at(-1);
  if (stretch === undefined || last === undefined) return "done";
  const { entries: looked, session } = stretch;
  const found = await foundIn(pass, looked, session);
  if (found === undefined) return "later";
  const now = parts.clock.now();
  const kept = await keep(pass, last, (memory) =>
    addExtraction(memory, found, {
      now,
      session,
      through: last.seq,
      entryAt: (seq) => looked.find((entry) => entry.seq === seq),
    }),
  );
  if (!kept) return "moved";
  pass.made.facts += newIn(known.facts, pass.memory.facts, ({ type, about, content }) => [type, about, content]);
  pass.made.entities += newIn(known.entities, pass.memory.entities, (each) => [each.name, each.session, each.value]);
  return "next";
}

/** What is found in entries; undefined when it is to be tried again later. What the customer did not say needs no model. */
async function foundIn(
  pass: Pass,
  entries: readonly Entry[],
  session: SessionId | undefined,
): Promise<Extraction | undefined> {
  if (!entries.some(({ item }) => item.kind === "customer")) return nothing;
  const { parts, of, memory } = pass;
  const { tenant, agent, signal } = of;
  const now = parts.clock.now();
  const { intent } = memory;
  const known = {
    facts: memory.facts.filter(
      ({ replacedAt, expires }) => replacedAt === undefined && (expires === undefined || expires > now),
    ),
    entities: memory.entities.filter((entity) => entity.replacedAt === undefined && entity.session === session),
    ...(intent === undefined || intent.session !== session ? {} : { intent }),
  };
  return await askModel(pass, {
    stage: "extract",
    entries,
    ask: () => parts.model.extract({ tenant, agent, entries, known, now }, signal),
    // They are looked at no more, so that what comes after them is.
    instead: () => nothing,
    pressing: false,
  });
}

const nothing: Extraction = { entities: [], facts: [], dropped: 0 };

/** How many values count now that did not before. */
function newIn<Value extends { readonly replacedAt?: number }>(
  before: readonly Value[],
  after: readonly Value[],
  key: (value: Value) => readonly unknown[],
): number {
  function keysOf(values: readonly Value[]): readonly string[] {
    return values.filter((value) => value.replacedAt === undefined).map((value) => JSON.stringify(key(value)));
  }
  const known = new Set(keysOf(before));
  return keysOf(after).filter((each) => !known.has(each)).length;
}
