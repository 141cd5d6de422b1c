// What was built before goes first, so that nothing of a deleted source is left in the package.
import { rmSync } from "node:fs";

rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });
