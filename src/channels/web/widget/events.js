/**
 * @typedef {(
 *   | { name: "message", told: import("./server.js").Line }
 *   | { name: "delta", told: { turn: string, text: string } }
 *   | { name: "reset", told: { turn: string } }
 *   | { name: "typing", told: object }
 *   | { name: "state", told: import("./server.js").State }
 * )} Told
 */

/** The server says something at least every 15 seconds. */
const SILENCE_MS = 40_000;
const LONGEST_WAIT_MS = 15_000;

/**
 * Tells what happens for as long as the signal lets it, over as many connections as it takes.
 * @param {{
 *   connect: (lastEventId: string | undefined, signal: AbortSignal) => Promise<Response>,
 *   lastEventId: string | undefined,
 *   signal: AbortSignal,
 *   onEvent: (event: Told) => void,
 *   onLink: (up: boolean) => void,
 *   onStranger: () => void,
 * }} parts
 */
export async function listen({ connect, lastEventId, signal, onEvent, onLink, onStranger }) {
  let last = lastEventId;
  let tries = 0;
  while (!signal.aborted) {
    const connection = new AbortController();
    function abort() {
      connection.abort();
    }
    signal.addEventListener("abort", abort, { once: true });
    try {
      const response = await connect(last, connection.signal);
      if (response.status === 401) {
        onStranger();
        return;
      }
      if (response.ok && response.body !== null) {
        tries = 0;
        onLink(true);
        await readEvents(response.body, abort, ({ id, name, data }) => {
          if (id !== undefined) last = id;
          /** @type {unknown} */
          const told = JSON.parse(data);
          onEvent(/** @type {Told} */ ({ name, told }));
        });
      }
    } catch {
      // Whatever broke it, the next connection goes on where this one was.
    }
    signal.removeEventListener("abort", abort);
    if (signal.aborted) return;
    onLink(false);
    await pause(Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** tries) * (0.5 + Math.random() / 2), signal);
    tries += 1;
  }
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} onSilence
 * @param {(event: { id: string | undefined, name: string, data: string }) => void} onEvent
 */
async function readEvents(body, onSilence, onEvent) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const watch = setTimeout(onSilence, SILENCE_MS);
    const { done, value } = await reader.read().finally(() => clearTimeout(watch));
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line) => [line.split(": ", 1)[0], line.slice(line.indexOf(": ") + 2)]),
      );
      const data = fields.get("data");
      if (data !== undefined) onEvent({ id: fields.get("id"), name: fields.get("event") ?? "", data });
    }
  }
}

/**
 * Waits, or less when the browser says that the network is back.
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    signal.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
