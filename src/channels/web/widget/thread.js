import { element, linked } from "./elements.js";
import { attachments, texts } from "./texts.js";

/** @typedef {import("./server.js").Line} Line */

/** Lines of one side within this time have one time below them. */
const GROUP_MS = 5 * 60_000;
/** So near to the end, the reader wants to see what comes. */
const NEAR_PX = 80;
/** Whoever writes for longer than this has stopped. */
const WRITING_MS = 60_000;

/**
 * What was said, as a list that is read out as it grows.
 * @param {{ greeting: string, onEarlier: () => void, onAgain: (id: string) => void }} parts
 */
export function thread({ greeting, onEarlier, onAgain }) {
  /** @type {Map<string, { line: Line, row: HTMLElement, state: "sent" | "sending" | "unsent" }>} */
  const said = new Map();
  /** @type {{ turn: string, row: HTMLElement, bubble: HTMLElement } | undefined} */
  let live;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let writing;
  /** @type {HTMLElement | undefined} */
  let told;
  const earlier = element(
    "button",
    { class: "earlier", type: "button", hidden: true, onclick: onEarlier },
    texts.earlier,
  );
  const note = element("p", { class: "note" }, texts.disclosure);
  const welcome = element("div", { class: "bubble" }, greeting);
  const hello = element("div", { class: "line agent" }, welcome);
  const dots = element("div", { class: "line agent", hidden: true }, dotsBubble());
  const log = element(
    "div",
    { class: "log", role: "log", "aria-live": "polite", "aria-label": texts.messages, tabindex: 0 },
    earlier,
    note,
    hello,
    dots,
  );
  return { log, greet, add, fill, mark, words, takeBack, wait, hush, tell, clear, end };

  /** @param {string} sentence */
  function greet(sentence) {
    welcome.textContent = sentence;
  }

  /**
   * Adds what was just said; false when it is there already.
   * @param {Line} line
   * @param {"sent" | "sending" | "unsent"} [state]
   */
  function add(line, state = "sent") {
    if (line.turn !== undefined) takeBack(line.turn);
    if (has(line)) return false;
    const near = atEnd() || line.who === "customer";
    place(line, state, dots).classList.add("new");
    if (line.who !== "customer") wait(false);
    tidy();
    if (near) end();
    return true;
  }

  /**
   * Puts lines before what is there.
   * @param {Line[]} lines
   * @param {boolean} more
   */
  function fill(lines, more) {
    const height = log.scrollHeight - log.scrollTop;
    const first = [...said.values()][0]?.row ?? dots;
    for (const line of lines) if (!has(line)) place(line, "sent", first);
    const order = [...log.children];
    const sorted = [...said].toSorted(([, a], [, b]) => order.indexOf(a.row) - order.indexOf(b.row));
    said.clear();
    for (const [id, kept] of sorted) said.set(id, kept);
    earlier.hidden = !more;
    note.hidden = more;
    hello.hidden = more;
    tidy();
    log.scrollTop = log.scrollHeight - height;
  }

  /**
   * Changes how far a message of ours is.
   * @param {string} id
   * @param {"sent" | "sending" | "unsent"} state
   */
  function mark(id, state) {
    const kept = said.get(id);
    if (kept === undefined) return;
    kept.state = state;
    tidy();
  }

  /**
   * Shows more words of a reply while it is made.
   * @param {string} turn
   * @param {string} text
   */
  function words(turn, text) {
    const near = atEnd();
    if (live?.turn !== turn) {
      takeBack(live?.turn);
      wait(false);
      const bubble = element("div", { class: "bubble" });
      live = { turn, bubble, row: element("div", { class: "line agent" }, bubble) };
      dots.before(live.row);
      // Read out when it is whole, not word by word.
      log.setAttribute("aria-busy", "true");
    }
    live.bubble.append(live.bubble.textContent === "" ? text.trimStart() : text);
    if (near) end();
  }

  /** @param {string | undefined} turn */
  function takeBack(turn) {
    if (live === undefined || live.turn !== turn) return;
    live.row.remove();
    live = undefined;
    log.removeAttribute("aria-busy");
  }

  /** @param {boolean} on */
  function wait(on) {
    const near = atEnd();
    clearTimeout(writing);
    dots.hidden = !on || live !== undefined;
    if (!dots.hidden) writing = setTimeout(wait, WRITING_MS, false);
    if (near) end();
  }

  /** Nothing is being written, as far as anybody knows. */
  function hush() {
    takeBack(live?.turn);
    wait(false);
  }

  /** @param {string} sentence */
  function tell(sentence) {
    told = element("p", { class: "note end" }, sentence);
    dots.before(told);
    end();
  }

  function clear() {
    hush();
    told?.remove();
    for (const { row } of said.values()) row.remove();
    said.clear();
    tidy();
  }

  function end() {
    log.scrollTop = log.scrollHeight;
  }

  function atEnd() {
    return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
  }

  /** @param {Line} line */
  function has(line) {
    if (said.has(line.id)) return true;
    // The answer of a turn is one line in the history, and came as one message or in parts.
    return (
      line.turn !== undefined &&
      [...said.values()].some(({ line: other }) => other.turn === line.turn && other.text.includes(line.text))
    );
  }

  /**
   * @param {Line} line
   * @param {"sent" | "sending" | "unsent"} state
   * @param {Element} before
   */
  function place(line, state, before) {
    const text = [line.text, line.attachments === undefined ? "" : `[${attachments(line.attachments)}]`];
    const shown = text.filter((part) => part !== "").join(" ");
    const bubble = element("div", { class: "bubble" }, line.who === "customer" ? shown : linked(shown));
    const speaker = element("span", { class: "hidden" }, `${speakerOf(line)}: `);
    bubble.prepend(speaker);
    const row = element("div", { class: `line ${line.who}` }, bubble);
    before.before(row);
    said.set(line.id, { line, row, state });
    return row;
  }

  /** Times, days and channels, where the next line is of somebody else, or much later. */
  function tidy() {
    for (const old of log.querySelectorAll(".day, .meta")) old.remove();
    const all = [...said.values()];
    for (const [index, { line, row, state }] of all.entries()) {
      const before = all[index - 1]?.line;
      const after = all[index + 1]?.line;
      if (before === undefined ? dayOf(line.at) !== texts.today : dayOf(before.at) !== dayOf(line.at))
        row.before(element("div", { class: "day" }, dayOf(line.at)));
      const grouped =
        after?.who === line.who && after.channel === line.channel && after.at - line.at < GROUP_MS && state === "sent";
      if (!grouped) row.append(metaOf(line, state));
    }
  }

  /**
   * @param {Line} line
   * @param {"sent" | "sending" | "unsent"} state
   */
  function metaOf(line, state) {
    if (state === "sending") return element("div", { class: "meta" }, texts.sending);
    if (state === "unsent") {
      const again = element("button", { type: "button", onclick: () => onAgain(line.id) }, texts.again);
      return element("div", { class: "meta failed" }, texts.unsent, again);
    }
    const time = new Date(line.at).toLocaleTimeString([], { timeStyle: "short" });
    const facts = [line.who === "operator" ? texts.operator : "", texts.channels[line.channel], time];
    return element("div", { class: "meta" }, facts.filter((fact) => fact !== "").join(" · "));
  }
}

function dotsBubble() {
  const bubble = element("div", { class: "bubble dots" }, element("i"), element("i"), element("i"));
  bubble.append(element("span", { class: "hidden" }, texts.writing));
  return bubble;
}

/** @param {Line} line */
function speakerOf(line) {
  if (line.who === "customer") return texts.you;
  return line.who === "operator" ? texts.operator : texts.assistant;
}

/** @param {number} at */
function dayOf(at) {
  const day = new Date(at).toDateString();
  if (day === new Date().toDateString()) return texts.today;
  if (day === new Date(Date.now() - 86_400_000).toDateString()) return texts.yesterday;
  return new Date(at).toLocaleDateString([], { weekday: "short", day: "numeric", month: "long" });
}
