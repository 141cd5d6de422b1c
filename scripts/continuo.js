// The command line from the sources. One process, so that a signal to it is a signal to the server.
import "./preflight.js";

import("../src/cli/main.ts");
