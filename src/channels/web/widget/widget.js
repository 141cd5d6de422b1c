import { element, icon } from "./elements.js";
import { listen } from "./events.js";
import { chatPanel } from "./panel.js";
import { proofForm } from "./proof.js";
import { chatServer, keeper } from "./server.js";
import { readableOn, sheet } from "./style.js";
import { openLabel, texts } from "./texts.js";
import { thread } from "./thread.js";

const RETRY_MS = 3_000;
const LOST_MS = 2_000;

begin(document.currentScript);

/**
 * Shows the chat on the page whose script tag this is. Its attributes say how: `data-tenant`, `data-title`,
 * `data-greeting`, `data-colour` (`#rrggbb`), `data-position` (`left`), `data-scheme` (`light`, `dark`).
 * @param {HTMLOrSVGScriptElement | null} script
 */
function begin(script) {
  if (!(script instanceof HTMLScriptElement) || document.querySelector("[data-continuo]") !== null) return;
  if (document.body === null) addEventListener("DOMContentLoaded", () => widget(script), { once: true });
  else widget(script);
}

/** @param {HTMLScriptElement} script */
function widget(script) {
  const { tenant, title, greeting, colour, position, scheme } = script.dataset;
  const base = new URL(".", script.src).href;
  const kept = keeper(`continuo-chat ${base} ${tenant ?? ""}`);
  const server = chatServer({ base, tenant, kept });
  let open = false;
  let unread = 0;
  let began = false;
  let greeted = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let losing;
  let going = new AbortController();
  /** @type {import("./server.js").State} */
  let state = { answeredBy: "agent", session: "NEW", proven: false };
  let mayProve = false;
  let linkUp = true;
  /** @type {number | undefined} */
  let before;
  /** @type {Promise<unknown>} */
  let sending = Promise.resolve();

  const talk = thread({ greeting: greeting ?? texts.greeting, onEarlier: () => void earlier(), onAgain: again });
  const proof = proofForm({ server, onProven: () => void proven(), onNewChat: () => void newChat() });
  const panel = chatPanel({
    title: title ?? texts.title,
    log: talk.log,
    proof: proof.view,
    onSend: say,
    onClose: close,
    onProve() {
      panel.showProof(true);
      proof.begin();
    },
    onBack() {
      panel.showProof(false);
      panel.focus();
    },
  });
  const badge = element("span", { class: "badge", "aria-hidden": "true", hidden: true });
  const launcher = element(
    "button",
    { class: "launcher", type: "button", "aria-haspopup": "dialog", "aria-label": texts.open, onclick: show },
    icon("chat"),
    badge,
  );
  const look = ["root", position === "left" ? "left" : "", scheme === "light" || scheme === "dark" ? scheme : ""];
  const root = element("section", { class: look.join(" ").trim(), "aria-label": texts.chat }, launcher);
  const host = element("div", { "data-continuo": true });
  const shadow = host.attachShadow({ mode: "open" });
  shadow.adoptedStyleSheets = [sheet()];
  if (colour !== undefined) paint(colour);
  shadow.append(root);
  document.body.append(host);
  if (kept.token !== undefined) void start();

  function show() {
    open = true;
    unread = 0;
    count();
    root.replaceChildren(panel.view);
    talk.end();
    panel.focus();
    if (!began) void start();
  }

  function close() {
    open = false;
    panel.showProof(false);
    root.replaceChildren(launcher);
    launcher.focus();
  }

  /** Says hello, brings what was said, and listens from there on. */
  async function start() {
    began = true;
    going = new AbortController();
    const { signal } = going;
    while (!signal.aborted) {
      try {
        await bring(signal);
      } catch {
        link(false);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** @param {AbortSignal} signal */
  async function bring(signal) {
    const hello = await server.hello();
    mayProve = hello.proof;
    panel.name(title ?? hello.title ?? hello.name ?? texts.title);
    talk.greet(greeting ?? hello.greeting ?? texts.greeting);
    greeted = true;
    for (const message of kept.unsent) deliver(message);
    await sending;
    const history = await server.history();
    if (signal.aborted) return;
    before = history.before;
    talk.fill(history.lines, before !== undefined);
    for (const message of kept.unsent) talk.add(lineOf(message), "unsent");
    stand(history.state);
    link(true);
    talk.end();
    await listen({
      connect: (last, ended) => server.events(last, ended),
      lastEventId: history.lastEventId,
      signal,
      onEvent: happened,
      onLink(up) {
        // The words of a reply that is still being made come again with every connection.
        talk.hush();
        link(up);
      },
      onStranger: () => talk.clear(),
    });
  }

  /** @param {import("./events.js").Told} event */
  function happened({ name, told }) {
    switch (name) {
      case "message":
        if (talk.add(told) && told.who !== "customer" && !open) unread += 1;
        count();
        return;
      case "delta":
        talk.words(told.turn, told.text);
        return;
      case "reset":
        talk.takeBack(told.turn);
        return;
      case "typing":
        talk.wait(true);
        return;
      case "state":
        stand(told);
        return;
    }
  }

  /** @param {string} text */
  function say(text) {
    const message = { id: [...crypto.getRandomValues(new Uint32Array(4))].join("-"), text, at: Date.now() };
    kept.keep({ unsent: [...kept.unsent, message] });
    talk.add(lineOf(message), "sending");
    if (greeted) deliver(message);
  }

  /** @param {string} id */
  function again(id) {
    const message = kept.unsent.find((one) => one.id === id);
    talk.mark(id, "sending");
    if (message !== undefined) deliver(message);
  }

  /**
   * Sends a message behind those that are on their way. Under its id it counts once, however often it is sent.
   * @param {import("./server.js").Unsent} message
   */
  function deliver(message) {
    sending = sending.then(async () => {
      const { status } = await server.send(message).catch(() => ({ status: 0 }));
      if (status === 202) kept.keep({ unsent: kept.unsent.filter(({ id }) => id !== message.id) });
      talk.mark(message.id, status === 202 ? "sent" : "unsent");
    });
  }

  async function earlier() {
    const page = await server.history(before).catch(() => undefined);
    if (page === undefined) return;
    before = page.before;
    talk.fill(page.lines, before !== undefined);
  }

  /** The two conversations are one: what is shown begins anew. */
  async function proven() {
    panel.showProof(false);
    talk.clear();
    const history = await server.history().catch(() => undefined);
    before = history?.before;
    talk.fill(history?.lines ?? [], before !== undefined);
    stand(history?.state ?? state);
    talk.tell(texts.proven);
    panel.focus();
  }

  /** Somebody else goes on from here: nothing of the visitor before stays. */
  async function newChat() {
    going.abort();
    server.forget();
    talk.clear();
    panel.showProof(false);
    panel.focus();
    await start();
  }

  /** @param {boolean} up */
  function link(up) {
    if (up && !linkUp) for (const { id } of kept.unsent) again(id);
    if (up !== linkUp) {
      clearTimeout(losing);
      // Most connections are back before anybody would have noticed.
      if (up) panel.notify("");
      else losing = setTimeout(() => panel.notify(texts.lost), LOST_MS);
    }
    linkUp = up;
    stand(state);
  }

  /** @param {import("./server.js").State} now */
  function stand(now) {
    state = now;
    const waits = now.session === "WAITING_AGENT";
    const who = now.answeredBy === "operator" ? texts.person : waits ? texts.waiting : texts.assistant;
    panel.canProve(mayProve && !now.proven);
    panel.state(who, linkUp ? (waits && now.answeredBy === "agent" ? "waiting" : "") : "down");
  }

  function count() {
    badge.hidden = unread === 0;
    badge.textContent = unread > 9 ? "9+" : String(unread);
    launcher.setAttribute("aria-label", openLabel(unread));
  }

  /** @param {string} accent */
  function paint(accent) {
    const readable = readableOn(accent);
    root.style.setProperty("--continuo-accent", accent);
    if (readable !== undefined) root.style.setProperty("--continuo-on-accent", readable);
  }
}

/**
 * @param {import("./server.js").Unsent} message
 * @returns {import("./server.js").Line}
 */
function lineOf(message) {
  return { ...message, who: "customer", channel: "web" };
}
