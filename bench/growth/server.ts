import { loadConfig } from "../../src/app/config.ts";
import { createApp } from "../../src/app/context.ts";

// The server as `continuo start` starts it, only that memory is made right after each turn, and not of what came
// together in some seconds: customers who wait for an answer before they write again are otherwise never this fast.

const app = await createApp(loadConfig().config, { memoryDelayMs: 0 });
await app.start();
