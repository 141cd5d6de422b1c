import { element } from "./elements.js";
import { codeSent, texts, tooManyCodes } from "./texts.js";

const BUSY_TRIES = 5;
const BUSY_MS = 2_000;

/**
 * The steps by which a visitor proves a number: the number, then the code.
 * @param {{ server: ReturnType<typeof import("./server.js").chatServer>, onProven: () => void, onNewChat: () => void }} parts
 */
export function proofForm({ server, onProven, onNewChat }) {
  const view = element("div", { class: "form" });
  return { view, begin: askNumber };

  /** @param {string} [typed] */
  function askNumber(typed = "") {
    const field = input(
      texts.phone,
      { type: "tel", autocomplete: "tel", inputmode: "tel", value: typed },
      texts.phoneHint,
    );
    show(texts.prove, texts.proveWhy, { field, action: texts.textMe, run: () => sendCode(field, field.value()) });
  }

  /** @param {string} phone */
  function askCode(phone) {
    const field = input(texts.code, {
      class: "code",
      type: "text",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      maxlength: 9,
      spellcheck: "false",
    });
    /** @type {string | undefined} */
    let proof;
    show(texts.enterCode, codeSent(phone), {
      field,
      action: texts.confirm,
      async run() {
        for (let tries = 1; ; tries += 1) {
          const { status, body } = await server.confirm({
            phone,
            code: field.value(),
            ...(proof === undefined ? {} : { proof }),
          });
          proof = body.proof ?? proof;
          if (body.status !== "busy" || tries === BUSY_TRIES)
            return answer(field, status === 200 || status === 202 ? body.status : "");
          await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
        }
      },
      more: [
        [texts.newCode, () => sendCode(field, phone)],
        [texts.otherNumber, () => askNumber(phone)],
      ],
    });
  }

  /**
   * @param {ReturnType<typeof input>} field
   * @param {string} phone
   */
  async function sendCode(field, phone) {
    const { status, body, retryAfter } = await server.code(phone);
    if (body.status === "sent") askCode(phone);
    else if (status === 400) field.refuse(texts.badNumber);
    else if (status === 429) field.refuse(tooManyCodes(retryAfter));
    else answer(field, body.status);
  }

  /**
   * @param {ReturnType<typeof input>} field
   * @param {string | undefined} status
   */
  function answer(field, status) {
    if (status === "proven") return onProven();
    if (status === "unavailable") return field.refuse(texts.unavailable);
    if (status === "other_number") return field.refuse(texts.belongs, button(texts.newChat, onNewChat));
    const known = Object.entries(texts.refusals).find(([name]) => name === status);
    return field.refuse(known?.[1] ?? texts.failed);
  }

  /**
   * @param {string} title
   * @param {string} why
   * @param {{ field: ReturnType<typeof input>, action: string, run: () => Promise<void> | void, more?: [string, () => Promise<void> | void][] }} step
   */
  function show(title, why, { field, action, run, more = [] }) {
    let running = false;
    const go = element("button", { class: "main", type: "submit" }, action);
    const form = element("form", { class: "step", novalidate: true, onsubmit: submit }, field.block, go);
    const others = more.map(([label, act]) => button(label, () => void attempt(act)));
    const head = element("div", {}, element("h3", {}, title), element("p", {}, why));
    view.replaceChildren(head, form, element("div", { class: "more" }, ...others));
    view.scrollTop = 0;
    field.focus();

    /** @param {Event} event */
    function submit(event) {
      event.preventDefault();
      void attempt(run);
    }

    /** @param {() => Promise<void> | void} act */
    async function attempt(act) {
      if (running) return;
      running = true;
      field.refuse("");
      go.setAttribute("aria-disabled", "true");
      try {
        await act();
      } catch {
        field.refuse(texts.offline);
      } finally {
        running = false;
        go.removeAttribute("aria-disabled");
      }
    }
  }
}

/**
 * @param {string} label
 * @param {() => void} act
 */
function button(label, act) {
  return element("button", { type: "button", onclick: act }, label);
}

/**
 * @param {string} label
 * @param {Record<string, string | number | boolean>} properties
 * @param {string} [hint]
 */
function input(label, properties, hint) {
  const error = element("div", { class: "error", id: "error", role: "alert" });
  const help = hint === undefined ? undefined : element("small", { id: "hint" }, hint);
  const described = help === undefined ? "error" : "hint error";
  const control = element("input", { id: "field", "aria-describedby": described, ...properties });
  const block = element("div", { class: "field" }, element("label", { for: "field" }, label), control, help, error);
  return {
    block,
    value: () => control.value.trim(),
    focus: () => control.focus(),
    /**
     * Says what is wrong and what to do, or takes it back when there is nothing to say.
     * @param {string} why
     * @param {HTMLElement} [way]
     */
    refuse(why, way) {
      error.replaceChildren(why, ...(way === undefined ? [] : [" ", way]));
      control.setAttribute("aria-invalid", String(why !== ""));
      if (why !== "") control.focus();
    },
  };
}
