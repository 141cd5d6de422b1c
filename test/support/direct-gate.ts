import type { GateCall, ToolGate } from "../../src/core/tool-gate.ts";

/** A gate that runs every call at once and remembers it; the same act is done once. */
export function directGate(): ToolGate & { readonly calls: readonly GateCall[] } {
  const calls: GateCall[] = [];
  const done = new Map<string, Promise<string>>();
  return {
    calls,
    run(call, execute) {
      const earlier = call.effect === "reads" ? undefined : done.get(call.act);
      if (earlier !== undefined) return earlier;
      calls.push(call);
      const result = execute(`key-${calls.length}`, new AbortController().signal).catch((error: unknown) =>
        JSON.stringify({ error: error instanceof Error ? error.name : "failed" }),
      );
      done.set(call.act, result);
      return result;
    },
  };
}
