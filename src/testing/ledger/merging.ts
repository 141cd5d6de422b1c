import { newMergeId, type MergeId, type SubjectId } from "../../core/ids.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { MergeRequest } from "../../core/ports/merges.ts";
import { noon, tenant } from "./stage.ts";

/** A wish to make two subjects one. */
export function request(into: SubjectId, from: SubjectId): MergeRequest {
  return { tenant, mergeId: newMergeId(noon), into, from, reason: "one person", by: "test", now: noon };
}

/** Merges two subjects, the store's part included; the merge's id. */
export async function merged(ledger: Ledger, into: SubjectId, from: SubjectId): Promise<MergeId> {
  const asked = request(into, from);
  const outcome = await ledger.merges.merge(asked);
  if (outcome.kind !== "merged") throw new Error(`the merge was refused: ${outcome.why}`);
  await ledger.merges.finish(asked.mergeId);
  return asked.mergeId;
}

/** The answer that says why not. */
export function refused(why: string): { readonly kind: "refused"; readonly why: string } {
  return { kind: "refused", why };
}
