import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContinuo, type Continuo, type ContinuoOptions } from "../../src/app/library.ts";
import { openBeside } from "../../src/app/maintenance.ts";
import type { SubjectRef } from "../../src/core/ids.ts";
import type { Owner } from "../../src/core/turn-record.ts";

/** Continuo within a test, on a folder of its own. */
export interface LibraryUnderTest extends AsyncDisposable {
  readonly continuo: Continuo;
  readonly folder: string;
  /** Has somebody else answer a customer, or the agent again. */
  own(who: SubjectRef, owner: Owner): Promise<void>;
  /** Ends the program and starts it again on the same folder. */
  restart(options?: ContinuoOptions): Promise<void>;
}

/** Starts it without the test's environment; memory is made long after the test unless it says otherwise. */
export async function startLibrary(options: ContinuoOptions = {}): Promise<LibraryUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "continuo-library-"));
  let continuo = await start({});
  return {
    get continuo() {
      return continuo;
    },
    folder,
    async own(who, owner) {
      const state = { dataDir: folder, sqlitePath: join(folder, "continuo.db"), store: "sqlite" } as const;
      await using beside = await openBeside(state);
      const from = owner === "agent" ? "operator" : "agent";
      await beside.ledger.owner.change({ ...who, from, to: owner, now: Date.now() });
    },
    async restart(changed = {}) {
      await continuo[Symbol.asyncDispose]();
      continuo = await start(changed);
    },
    async [Symbol.asyncDispose]() {
      await continuo[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };

  function start(changed: ContinuoOptions): Promise<Continuo> {
    return createContinuo({
      dataDir: folder,
      ...options,
      ...changed,
      env: { LOG_LEVEL: "silent", ...options.env, ...changed.env },
      overrides: { memoryDelayMs: 3_600_000, sweepEveryMs: 100, ...options.overrides, ...changed.overrides },
    });
  }
}
