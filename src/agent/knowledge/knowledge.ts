/** One passage of the knowledge base that may answer a question. */
export interface Passage {
  /** The article's title and the section's, for example `Returns: how long you have`. */
  readonly title: string;
  /** Plain prose. */
  readonly text: string;
  /** The file it stands in, for example `returns.md`. */
  readonly source: string;
}

/** What the business has written down for its customers. */
export interface Knowledge {
  /** The passages that fit a question best, the best first; empty when nothing fits. */
  search(question: string, limit: number): readonly Passage[];
}

/** A knowledge base that holds nothing. */
export const noKnowledge: Knowledge = { search: () => [] };
