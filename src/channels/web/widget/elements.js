/** @typedef {string | number | boolean | undefined | ((event: Event) => void)} Property */

/**
 * Makes an element. Properties that begin with `on` listen; text is only ever text.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Property>} [properties]
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

const drawings = {
  chat: "M21 12a8 8 0 0 1-8 8H4l1.8-3.1A8 8 0 1 1 21 12Z",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  phone: "M7 3h10a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM10.5 18h3",
};

/**
 * A drawing that says nothing by itself.
 * @param {keyof typeof drawings} name
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", drawings[name]);
  svg.append(path);
  return svg;
}

/**
 * A text with its web addresses as links.
 * @param {string} text
 */
export function linked(text) {
  const pieces = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]']/gu)) {
    const link = element("a", { href: found[0], target: "_blank", rel: "noopener noreferrer nofollow" }, found[0]);
    pieces.append(text.slice(from, found.index), link);
    from = found.index + found[0].length;
  }
  pieces.append(text.slice(from));
  return pieces;
}
