// The command line from the sources.
// oxlint-disable-next-line import/no-unassigned-import -- running it is what it is for
import "./preflight.js";

// npm runs a script through a shell, and passes a signal to that shell only. When the shell is gone, so is whoever
// wanted this to run: the signal is passed on from here.
const shell = process.ppid;
if (process.env.npm_lifecycle_event !== undefined) {
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 250);
  watch.unref();
}

void import("../src/cli/main.ts");
