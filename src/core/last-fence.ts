/** The fence of a conversation that was forgotten. No turn has one as high, so nothing is ever added to it again. */
export const LAST_FENCE: number = Number.MAX_SAFE_INTEGER;
