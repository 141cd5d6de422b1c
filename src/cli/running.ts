import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const note = z.object({
  pid: z.number(),
  publicUrl: z.string(),
  url: z.string(),
  accountSid: z.string(),
  authToken: z.string(),
  twilioUrl: z.string(),
  /** The number to write to and to call. */
  business: z.string(),
});

/** How another program of this machine reaches a server that runs with the simulator, made-up credentials included. */
export type RunningServer = z.output<typeof note>;

/** Leaves word of a server in its data folder, for its user's eyes only. Call the result to take it back. */
export function announceServer(dataDir: string, server: RunningServer): () => void {
  const file = fileOf(dataDir);
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(server), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** The server that runs on a data folder, when there is one that left word and still lives. */
export function runningServer(dataDir: string): RunningServer | undefined {
  let text: string;
  try {
    text = readFileSync(fileOf(dataDir), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const read = note.safeParse(JSON.parse(text));
  return read.success && isAlive(read.data.pid) ? read.data : undefined;
}

function fileOf(dataDir: string): string {
  return join(dataDir, "simulator.json");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // Signal 0 only asks; any refusal means that it is not a server of ours.
    return false;
  }
}
