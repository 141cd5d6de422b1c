import type { SubjectId } from "../../core/ids.ts";

/** Work on some subjects, done when nothing that was asked for before is still at work on one of them. */
export type QueueBySubject = <Result>(subjects: readonly SubjectId[], work: () => Promise<Result>) => Promise<Result>;

/** A queue of work within this process; work on others goes on beside it. */
export function queueBySubject(): QueueBySubject {
  const last = new Map<SubjectId, Promise<unknown>>();
  return async (subjects, work) => {
    const before = subjects.map(async (subjectId) => await last.get(subjectId));
    const mine = Promise.allSettled(before).then(work);
    for (const subjectId of subjects) last.set(subjectId, mine);
    try {
      return await mine;
    } finally {
      for (const subjectId of subjects) {
        if (last.get(subjectId) === mine) last.delete(subjectId);
      }
    }
  };
}
