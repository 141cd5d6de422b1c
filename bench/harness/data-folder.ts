import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";

/** A folder on the disk that the project is on; temporary folders are often kept in memory, where nothing has to be waited for. */
export interface DataFolder extends Disposable {
  readonly path: string;
}

/** Makes an empty folder, which is gone when it is disposed of. */
export function dataFolder(): DataFolder {
  const parent = path.join(import.meta.dirname, "../.data");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, "run-"));
  return {
    path: folder,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
