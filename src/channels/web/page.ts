/** What the page for trying the chat out tells. */
export interface ChatPage {
  /** The name of the business, if it has one. */
  readonly business: string | undefined;
  /** The tenant as the page's address names it. */
  readonly tenant: string | undefined;
  readonly publicUrl: string;
}

/** A page that shows the chat and how to put it on another page. It has no style and no script of its own, so that a strict policy holds. */
export function pageOf({ business, tenant, publicUrl }: ChatPage): string {
  const attribute = tenant === undefined ? "" : ` data-tenant="${escaped(tenant)}"`;
  const tag = `<script async src="${publicUrl}/chat/widget.js"${attribute}></script>`;
  const title = business === undefined ? "Chat" : `Chat with ${business}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="chat/page.css">
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>Open the chat in the corner and write something. It is the same conversation as by text and by phone once you confirm your number in it.</p>
<h2>On your own pages</h2>
<p>Put this line where the page ends, and the page's origin into the tenant's <code>chat.origins</code>.</p>
<pre tabindex="0"><code>${escaped(tag)}</code></pre>
</main>
<script async src="chat/widget.js"${attribute}></script>
</body>
</html>
`;
}

/** The look of that page. */
export const pageStyle = `:root { color-scheme: light dark; --back: #f6f7f8; --text: #15181c; --muted: #5a626d; --line: #dfe2e7; --code: #fff; }
@media (prefers-color-scheme: dark) { :root { --back: #0e1013; --text: #f1f2f4; --muted: #a5acb8; --line: #343841; --code: #16181c; } }
body { margin: 0; background: var(--back); color: var(--text); font: 400 17px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 38rem; margin: 0 auto; padding: clamp(3rem, 12vh, 8rem) 1.5rem 8rem; }
h1 { margin: 0 0 1rem; font-size: clamp(2rem, 5vw, 2.75rem); line-height: 1.15; letter-spacing: -.025em; text-wrap: balance; }
h2 { margin: 3rem 0 .5rem; font-size: 1.15rem; letter-spacing: -.01em; }
p { margin: 0 0 1rem; color: var(--muted); text-wrap: pretty; }
code { font: 500 .9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; color: var(--text); }
pre { margin: 0; padding: 1rem 1.25rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 12px; background: var(--code); }
`;

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`);
}
