import { element, icon } from "./elements.js";
import { texts } from "./texts.js";

/**
 * The open chat: a head, what was said, and a place to write. The focus stays inside while it is open.
 * @param {{ title: string, log: HTMLElement, proof: HTMLElement, onSend: (text: string) => void, onClose: () => void, onProve: () => void, onBack: () => void }} parts
 */
export function chatPanel({ title, log, proof, onSend, onClose, onProve, onBack }) {
  const heading = element("h2", { id: "title" }, title);
  const state = element("div", { class: "state", role: "status" }, texts.assistant);
  const mark = element("div", { class: "mark", "aria-hidden": "true" }, initial(title));
  const back = tool("back", texts.back, onBack);
  const prove = tool("phone", texts.prove, onProve);
  const notice = element("div", { class: "notice", role: "status", hidden: true });
  const text = element("textarea", {
    id: "message",
    rows: 1,
    maxlength: 4_000,
    placeholder: texts.write,
    oninput: fit,
    onkeydown: key,
  });
  const go = element(
    "button",
    { class: "go", type: "submit", "aria-label": texts.send, "aria-disabled": "true" },
    icon("send"),
  );
  const composer = element(
    "form",
    { class: "composer", onsubmit: send },
    element("label", { class: "hidden", for: "message" }, texts.message),
    text,
    go,
  );
  const view = element(
    "div",
    { class: "panel", role: "dialog", "aria-modal": "true", "aria-labelledby": "title", onkeydown: stay },
    element("header", {}, back, mark, element("div", {}, heading, state), prove, tool("close", texts.close, onClose)),
    log,
    notice,
    composer,
    proof,
  );
  prove.hidden = true;
  showProof(false);
  return {
    view,
    showProof,
    /** @param {string} name */
    name(name) {
      heading.textContent = name;
      mark.textContent = initial(name);
    },
    /**
     * @param {string} words
     * @param {string} look
     */
    state(words, look) {
      state.className = `state ${look}`;
      if (state.textContent !== words) state.textContent = words;
    },
    /** @param {string} words */
    notify(words) {
      notice.textContent = words;
      notice.hidden = words === "";
    },
    /** @param {boolean} can */
    canProve(can) {
      prove.hidden = !can || !back.hidden;
      prove.dataset["can"] = String(can);
    },
    focus: () => text.focus(),
  };

  /** @param {boolean} on */
  function showProof(on) {
    proof.hidden = !on;
    back.hidden = !on;
    mark.hidden = on;
    log.hidden = on;
    composer.hidden = on;
    prove.hidden = on || prove.dataset["can"] !== "true";
  }

  function fit() {
    go.setAttribute("aria-disabled", String(text.value.trim() === ""));
    // Browsers that size it by its content need no help.
    if (CSS.supports("field-sizing", "content")) return;
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  }

  /** @param {Event} event */
  function key(event) {
    if (!(event instanceof KeyboardEvent)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  }

  /** @param {Event} event */
  function send(event) {
    event.preventDefault();
    const words = text.value.trim();
    if (words === "") return;
    text.value = "";
    fit();
    text.focus();
    onSend(words);
  }

  /** @param {Event} event */
  function stay(event) {
    if (!(event instanceof KeyboardEvent)) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      if (back.hidden) onClose();
      else onBack();
    }
    if (event.key !== "Tab") return;
    const root = view.getRootNode();
    const active = root instanceof ShadowRoot ? root.activeElement : null;
    const stops = [...view.querySelectorAll("button, textarea, input, a[href], [tabindex]")]
      .filter((stop) => stop instanceof HTMLElement)
      .filter((stop) => stop.offsetParent !== null);
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (active !== from) return;
    event.preventDefault();
    to?.focus();
  }
}

/**
 * @param {Parameters<typeof icon>[0]} drawing
 * @param {string} label
 * @param {() => void} act
 */
function tool(drawing, label, act) {
  return element(
    "button",
    { class: "tool", type: "button", "aria-label": label, title: label, onclick: act },
    icon(drawing),
  );
}

/** @param {string} title */
function initial(title) {
  return [...title.trim()][0]?.toUpperCase() ?? "";
}
