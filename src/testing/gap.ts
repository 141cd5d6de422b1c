/** Something a contract asks for that an adapter cannot do, with the reason in words. */
export interface Gap {
  /** The test's own sentence. */
  readonly what: string;
  readonly why: string;
}

/** Whether a test stands in the list of gaps. Every gap must have a reason. */
export function isGap(gaps: readonly Gap[], sentence: string): boolean {
  const gap = gaps.find(({ what }) => what === sentence);
  if (gap?.why.trim() === "") throw new Error(`the gap "${sentence}" has no reason`);
  return gap !== undefined;
}
