/** What the offline model does next: it calls tools, or it speaks. */
export type Step =
  | { readonly kind: "call"; readonly calls: readonly Call[] }
  | { readonly kind: "say"; readonly text: string };

/** A tool call it wants made. */
export interface Call {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Speaks. */
export function say(text: string): Step {
  return { kind: "say", text };
}

/** Calls tools. */
export function call(...calls: readonly Call[]): Step {
  return { kind: "call", calls };
}
