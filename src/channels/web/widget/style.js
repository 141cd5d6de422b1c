const css = `
:host { all: initial; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.root {
  --accent: var(--continuo-accent, #0b6b5d);
  --on-accent: var(--continuo-on-accent, #fff);
  --surface: var(--continuo-surface, light-dark(#fff, #16181c));
  --soft: var(--continuo-soft, light-dark(#f1f3f4, #24272d));
  --text: var(--continuo-text, light-dark(#15181c, #f1f2f4));
  --muted: var(--continuo-muted, light-dark(#5a626d, #a5acb8));
  --line: var(--continuo-line, light-dark(#dfe2e7, #343841));
  --alert: light-dark(#b3261e, #ffb4ab);
  --ease: cubic-bezier(.2, .8, .2, 1);
  color: var(--text);
  color-scheme: light dark;
  font: 400 15px/1.5 var(--continuo-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif);
}
.root.light { color-scheme: light; }
.root.dark { color-scheme: dark; }
button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
button { border: 0; background: none; padding: 0; cursor: pointer; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--text); outline-offset: 2px; }
svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; display: block; }
h2, p { margin: 0; }

.launcher, .panel { position: fixed; bottom: max(20px, env(safe-area-inset-bottom)); right: 20px; z-index: var(--continuo-layer, 2147483000); }
.left .launcher, .left .panel { right: auto; left: 20px; }
.launcher {
  width: 58px; height: 58px; border-radius: 50%; display: grid; place-items: center;
  background: var(--accent); color: var(--on-accent); box-shadow: 0 2px 6px rgb(15 20 30 / .2), 0 8px 24px rgb(15 20 30 / .2);
  transition: transform .2s var(--ease), box-shadow .2s var(--ease);
}
.launcher svg { width: 28px; height: 28px; }
.launcher:hover { transform: translateY(-2px); }
.launcher:active { transform: scale(.95); }
.badge {
  position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
  background: #c5221f; color: #fff; font-size: 12px; font-weight: 700; line-height: 22px; text-align: center; box-shadow: 0 0 0 2px var(--surface);
}

.panel {
  display: flex; flex-direction: column; width: min(392px, calc(100vw - 40px)); height: min(660px, calc(100vh - 40px)); height: min(660px, calc(100dvh - 40px));
  overflow: hidden; border-radius: var(--continuo-radius, 20px); background: var(--surface); box-shadow: 0 0 0 1px var(--line), 0 12px 40px light-dark(rgb(15 20 30 / .18), rgb(0 0 0 / .5));
  transform-origin: bottom right; animation: rise .24s var(--ease);
}
.left .panel { transform-origin: bottom left; }
@keyframes rise { from { opacity: 0; transform: translateY(12px) scale(.97); } }

header { display: flex; align-items: center; gap: 12px; padding: 14px 12px 14px 18px; border-bottom: 1px solid var(--line); }
header > div { flex: 1; min-width: 0; }
h2 { font-size: 16px; font-weight: 650; line-height: 1.3; letter-spacing: -.01em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.state { display: flex; align-items: center; gap: 6px; font-size: 13px; line-height: 1.4; color: var(--muted); }
.state::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: #2e9e6b; }
.state.waiting::before { background: #c98a00; }
.state.down::before { background: #8a919c; }
.mark { flex: none; width: 38px; height: 38px; border-radius: 12px; display: grid; place-items: center; background: var(--accent); color: var(--on-accent); font-size: 17px; font-weight: 650; }
.tool { width: 40px; height: 40px; border-radius: 12px; display: grid; place-items: center; color: var(--muted); transition: background .15s, color .15s; }
.tool:hover { background: var(--soft); color: var(--text); }

.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 18px 16px 10px; display: flex; flex-direction: column; gap: 3px; scrollbar-width: thin; }
.log:focus-visible { outline-offset: -3px; }
.log > :first-child { margin-top: auto; }
.note { align-self: center; max-width: 30em; padding: 2px 8px 14px; font-size: 13px; line-height: 1.45; color: var(--muted); text-align: center; text-wrap: balance; }
.note.end { padding-top: 14px; }
.day { align-self: center; padding: 12px 0 8px; font-size: 12px; font-weight: 600; color: var(--muted); }
.earlier { align-self: center; margin-bottom: 8px; padding: 6px 14px; border-radius: 999px; border: 1px solid var(--line); font-size: 13px; font-weight: 550; }
.earlier:hover { background: var(--soft); }
.line { display: flex; flex-direction: column; align-items: flex-start; max-width: 86%; }
.line.new { animation: appear .22s var(--ease); }
@keyframes appear { from { opacity: 0; transform: translateY(6px); } }
.line.customer { align-self: flex-end; align-items: flex-end; }
.line.customer + .line:not(.customer), .line:not(.customer) + .line.customer { margin-top: 10px; }
.bubble { padding: 9px 14px; border-radius: 18px; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; }
.line:not(.customer) .bubble { border-bottom-left-radius: 6px; }
.customer .bubble { background: var(--accent); color: var(--on-accent); border-bottom-right-radius: 6px; }
.operator .bubble { background: var(--surface); box-shadow: inset 0 0 0 1px var(--line); }
.bubble a { color: inherit; text-underline-offset: 2px; }
.meta { display: flex; gap: 6px; padding: 3px 6px 4px; font-size: 12px; line-height: 1.4; color: var(--muted); }
.meta.failed { color: var(--alert); font-weight: 550; }
.meta button { text-decoration: underline; text-underline-offset: 2px; font-weight: 650; padding: 0 4px; border-radius: 4px; }
.dots { display: flex; gap: 5px; padding: 15px 16px; }
.dots i { width: 7px; height: 7px; border-radius: 50%; background: var(--muted); animation: breathe 1.2s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: .15s; }
.dots i:nth-child(3) { animation-delay: .3s; }
@keyframes breathe { 0%, 60%, 100% { opacity: .35; transform: none; } 30% { opacity: 1; transform: translateY(-3px); } }

.notice { padding: 8px 18px; font-size: 13px; color: var(--text); background: var(--soft); border-top: 1px solid var(--line); }
.composer { display: flex; align-items: flex-end; gap: 8px; margin: 8px 12px max(12px, env(safe-area-inset-bottom)); padding: 5px 5px 5px 14px; border: 1px solid var(--muted); border-radius: 24px; transition: border-color .15s, box-shadow .15s; }
.composer:focus-within, .field input:focus { border-color: var(--text); box-shadow: 0 0 0 3px color-mix(in srgb, var(--text) 14%, transparent); }
.composer textarea { flex: 1; min-width: 0; max-height: 132px; padding: 7px 0; border: 0; resize: none; background: none; outline: none; overflow-y: auto; field-sizing: content; scrollbar-width: thin; }
.composer textarea::placeholder, .form input::placeholder { color: var(--muted); opacity: 1; }
.go { flex: none; width: 38px; height: 38px; border-radius: 50%; display: grid; place-items: center; background: var(--accent); color: var(--on-accent); transition: opacity .15s, background .15s; }
.go svg { width: 20px; height: 20px; stroke-width: 2.2; }
.go[aria-disabled="true"] { background: var(--soft); color: var(--muted); cursor: default; }

.form { flex: 1; overflow-y: auto; padding: 28px 24px; display: flex; flex-direction: column; gap: 18px; }
.form p { color: var(--muted); }
.form h3 { margin: 0 0 6px; font-size: 21px; font-weight: 650; line-height: 1.25; letter-spacing: -.015em; }
.step { display: flex; flex-direction: column; gap: 18px; }
.field { display: flex; flex-direction: column; gap: 6px; }
.field label { font-size: 14px; font-weight: 600; }
.field small { font-size: 13px; line-height: 1.45; color: var(--muted); }
.field input { height: 48px; padding: 0 14px; border: 1px solid var(--muted); border-radius: 12px; background: var(--surface); font-size: 16px; outline: none; }
.field input[aria-invalid="true"] { border-color: var(--alert); box-shadow: 0 0 0 1px var(--alert); }
.field .code { font-size: 24px; font-weight: 600; letter-spacing: .35em; font-variant-numeric: tabular-nums; }
.field .error { color: var(--alert); font-size: 14px; line-height: 1.45; }
.main { height: 48px; padding: 0 20px; border-radius: 12px; background: var(--accent); color: var(--on-accent); font-weight: 650; }
.main[aria-disabled="true"] { opacity: .6; cursor: default; }
.more { display: flex; flex-wrap: wrap; gap: 4px 18px; }
.more button { padding: 4px 0; border-radius: 4px; font-size: 14px; font-weight: 550; text-decoration: underline; text-underline-offset: 3px; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

@media (max-width: 520px) {
  .panel, .left .panel { inset: 0; width: 100%; height: 100vh; height: 100dvh; border-radius: 0; box-shadow: none; padding-top: env(safe-area-inset-top); }
  .composer textarea { font-size: 16px; }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before { animation: none !important; transition: none !important; }
  .dots i { opacity: .7; }
}
@media (forced-colors: active) {
  .bubble, .launcher, .go, .main, .mark, .panel { border: 1px solid; }
}
`;

/** The look of the chat. It needs no permission of a page's content security policy, and lets nothing of the page in. */
export function sheet() {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

/**
 * Black or white, whichever can be read on a colour given as `#rrggbb`; undefined for any other spelling.
 * @param {string} colour
 */
export function readableOn(colour) {
  const parts = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/iu.exec(colour)?.slice(1);
  if (parts === undefined) return undefined;
  const [r = 0, g = 0, b = 0] = parts.map((part) => {
    const level = Number.parseInt(part, 16) / 255;
    return level <= 0.040_45 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  // The luminance at which the contrast with black and with white is the same.
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}
