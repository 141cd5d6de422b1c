import { createHash } from "node:crypto";
import type { Fact } from "../../core/memory.ts";
import type { ChannelName } from "../../core/message.ts";
import type { CustomerExport, ExportedConversation, HistoryLine, HistoryRole } from "../../http/customer-views.ts";
import { isoTime } from "./iso-time.ts";

/** An export as a page that a person can read and print. It needs nothing but itself, and lets nothing else in. */
export function exportHtml({ manifest, conversations, records }: CustomerExport): string {
  const title = `Everything we keep about ${manifest.customer}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escaped(title)}</title>
<style>${styles}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p>Gathered on ${moment(manifest.exportedAt)}. All times are in UTC. The JSON export holds the same for machines.</p>
</header>
<main>
${section("In numbers", numbers(manifest.counts))}
${conversations.map((each, index) => conversation(each, index)).join("\n")}
${section("The system's own records", keptRows(records))}
</main>
</body>
</html>
`;
}

const nothing = "<p>Nothing.</p>";

function numbers(counts: CustomerExport["manifest"]["counts"]): string {
  const there = Object.entries(counts).filter(([, count]) => count > 0);
  if (there.length === 0) return nothing;
  return `<ul class="numbers">${there.map(([name, count]) => `<li>${spoken(name)} <b>${count}</b></li>`).join("")}</ul>`;
}

function conversation({ history, memory }: ExportedConversation, index: number): string {
  const also = index === 0 ? "" : " under another name";
  const { facts, entities, episodes, summary } = memory;
  const summaries = [...episodes.map((episode) => episode.summary), summary?.text ?? ""].filter((text) => text !== "");
  const parts = [
    section(
      `What was said${also}`,
      history.length === 0 ? nothing : `<ol class="talk">${history.map(line).join("")}</ol>`,
    ),
    section(`In short${also}`, summaries.map((text) => `<p>${escaped(text)}</p>`).join("")),
    section(
      `What we remember${also}`,
      table(
        ["What", "Kind", "Until"],
        facts.map((fact) => [fact.content, fact.type, untilOf(fact)]),
      ),
    ),
    section(
      `What we took from the talk${also}`,
      table(
        ["Name", "Value", "Found"],
        entities.map(({ name, value, at }) => [spokenName(name), String(value), moment(isoTime(at))]),
      ),
    ),
  ];
  return parts.join("\n");
}

function untilOf(fact: Fact): string {
  if (fact.replacedAt !== undefined) return "replaced by something newer";
  return fact.expires === undefined ? "as long as we know you" : isoTime(fact.expires).slice(0, 10);
}

const speakers: Readonly<Record<HistoryRole, string>> = {
  customer: "You",
  assistant: "Our AI assistant",
  operator: "A colleague",
  system: "Note",
  tool: "Looked up or done",
};

const ways: Readonly<Record<ChannelName, string>> = {
  sms: "SMS",
  whatsapp: "WhatsApp",
  voice: "phone",
  web: "web chat",
};

function line({ role, content, timestamp, channel }: HistoryLine): string {
  const by = channel === undefined ? "" : ` by ${ways[channel]}`;
  return `<li class="${role}"><div><b>${speakers[role]}</b>${by} <time datetime="${timestamp}">${moment(timestamp)}</time></div><p>${escaped(content)}</p></li>`;
}

/** Rows as they are, each as its names and values; what is empty is left out. */
function keptRows(records: CustomerExport["records"]): string {
  return Object.entries(records)
    .filter(([, rows]) => rows.length > 0)
    .map(([name, rows]) => `<h3>${spoken(name)}</h3>${rows.map(row).join("")}`)
    .join("\n");
}

function row(values: Readonly<Record<string, unknown>>): string {
  const there = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const cells = there.map(
    ([name, value]) => `<div><dt>${spoken(name)}</dt><dd>${escaped(shown(name, value))}</dd></div>`,
  );
  return `<dl>${cells.join("")}</dl>`;
}

function shown(name: string, value: unknown): string {
  if (typeof value === "number" && /(?:^|_)(?:at|until)$/u.test(name)) return moment(isoTime(value));
  return typeof value === "string" ? value : JSON.stringify(value);
}

function section(title: string, body: string): string {
  return body === "" ? "" : `<section><h2>${escaped(title)}</h2>${body}</section>`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const head = heads.map((name) => `<th scope="col">${escaped(name)}</th>`).join("");
  const body = rows.map((cells) => `<tr>${cells.map((text) => `<td>${escaped(text)}</td>`).join("")}</tr>`).join("");
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

/** `messagesSent` and `to_address` in words, safe to be shown. */
function spoken(name: string): string {
  return escaped(spokenName(name));
}

function spokenName(name: string): string {
  return name
    .replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ")
    .replaceAll("_", " ")
    .toLowerCase();
}

function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

const entitiesOf: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => entitiesOf[character] ?? character);
}

const styles = `
:root { color-scheme: light dark; --ink: #1d2433; --soft: #566076; --line: #dfe3ec; --page: #f4f6fa; --card: #fff; --mine: #e4ecfd; --note: #f4f6fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf2; --soft: #a3adc2; --line: #303850; --page: #11141c; --card: #191e2a; --mine: #24355a; --note: #141925; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
header, main { max-width: 56rem; margin: 0 auto; padding: 1.25rem; }
header { padding-bottom: 0; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1rem 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
h3 { font-size: .95rem; margin: 1.25rem 0 .4rem; text-transform: capitalize; }
h2 + h3 { margin-top: 0; }
header p, time, th, dt { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.1rem 1.25rem; margin-bottom: 1rem; }
section p { margin: 0 0 .6rem; overflow-wrap: anywhere; }
section p:last-child { margin-bottom: 0; }
.numbers { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem .5rem; }
.numbers li { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .7rem; font-size: .9rem; }
.talk { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; align-items: flex-start; gap: .6rem; }
.talk li { border: 1px solid var(--line); border-radius: .7rem; padding: .5rem .8rem; max-width: 88%; }
.talk li.customer { background: var(--mine); border-color: transparent; align-self: flex-end; }
.talk li.system, .talk li.tool { background: var(--note); border-style: dashed; font-size: .85rem; }
.talk div { font-size: .8rem; color: var(--soft); }
.talk div b { color: var(--ink); }
.talk p { margin: .15rem 0 0; white-space: pre-wrap; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; white-space: nowrap; }
time { white-space: nowrap; }
th, td { min-width: 6.5rem; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tbody tr:last-child td { border-bottom: 0; }
dl { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; margin: 0; padding: .45rem 0; border-top: 1px solid var(--line); font-size: .85rem; }
dl div { max-width: 100%; }
dt { display: inline; }
dt::after { content: ": "; }
dd { display: inline; margin: 0; overflow-wrap: anywhere; }
@media print { body, section { background: #fff; } header, main { max-width: none; padding-inline: 0; } section { border: 0; padding-inline: 0; } .talk li, dl, tr { break-inside: avoid; } h2, h3 { break-after: avoid; } }
`;

const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(styles).digest("base64")}'; base-uri 'none'; form-action 'none'`;
