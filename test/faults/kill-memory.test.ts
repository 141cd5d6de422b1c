import { expect, test } from "vitest";
import { apiKeys, askAdmin } from "../support/api.ts";
import { rowsIn } from "../support/database-file.ts";
import { answeredBy, askedIn } from "../support/model-input.ts";
import { startModelServer, type ModelAnswer, type SeenRequest } from "../support/model-server.ts";
import { JOHN, startServerProcess, type ServerProcess } from "../support/server-process.ts";

const soon = { timeout: 10_000 };

test("killed while notes are taken and while a summary is written, it answers before and after, and covers every word once", async () => {
  const hangs = new Set<Kind>();
  const notedSeqs: number[] = [];
  await using model = await startModelServer((request): ModelAnswer => {
    const kind = kindOf(request);
    if (hangs.has(kind)) return { kind: "hang" };
    if (kind === "talk") return { kind: "say", tokens: [`Re: ${askedIn(request)}`] };
    if (kind === "summary") return { kind: "say", tokens: [summaryOf(askedIn(request))] };
    const { lines }: { readonly lines: readonly Line[] } = JSON.parse(askedIn(request));
    notedSeqs.push(...lines.map(({ seq }) => seq));
    return { kind: "say", tokens: [JSON.stringify(notesOf(lines))] };
  });
  function asked(kind: Kind): number {
    return model.requests.filter((request) => kindOf(request) === kind).length;
  }
  await using server = await startServerProcess({
    impatient: true,
    env: { ...answeredBy(model), ...apiKeys, MAX_MESSAGE_HISTORY: "2" },
  });

  hangs.add("notes");
  await exchange(server, "one");
  await expect.poll(() => asked("notes"), soon).toBe(1);
  await exchange(server, "two");
  await exchange(server, "three");
  await server.kill();
  expect(memoryIn(server)).toBeUndefined();

  hangs.clear();
  hangs.add("summary");
  await server.start();
  await exchange(server, "four");
  await expect.poll(() => asked("summary"), soon).toBe(1);
  await exchange(server, "five");
  await server.kill();
  expect(memoryIn(server)).toMatchObject({ foldedThrough: 0 });

  hangs.clear();
  await server.start();
  await exchange(server, "six");
  // The window holds two turns of two entries each; whatever stands before them is in the summary.
  await expect.poll(() => memoryIn(server), soon).toMatchObject({ foldedThrough: 8, extractedThrough: 12 });
  const said = ["one", "two", "three", "four", "five", "six"];
  expect(memoryIn(server)?.summary?.text).toBe(
    said
      .slice(0, 4)
      .flatMap((text) => [text, `Re: ${text}`])
      .join(", "),
  );
  expect(notedSeqs).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  const { body } = await askAdmin(server.line.publicUrl, `GET /admin/customer/${JOHN}/memory`);
  const facts = body.facts.map(({ content }: { readonly content: string }) => content);
  expect(facts).toEqual(said.map((text) => `Said ${text}.`));
  // Each turn's notes hold one value that fits nothing.
  expect(memoryIn(server)?.dropped).toBe(said.length);
  expect(server.twilio.messagesTo(JOHN).map((message) => message.body)).toEqual(said.map((text) => `Re: ${text}`));
}, 60_000);

/** What a model is asked for: what to say, notes, or a summary. */
type Kind = "talk" | "notes" | "summary";

interface Line {
  readonly seq: number;
  readonly who: string;
  readonly text: string;
}

function kindOf({ body }: SeenRequest): Kind {
  if (body.stream === true) return "talk";
  return body.text?.format?.type === "json_schema" ? "notes" : "summary";
}

/** One fact of every line of the customer's, and as many values that nobody asked for. */
function notesOf(lines: readonly Line[]): object {
  const heard = lines.filter(({ who }) => who === "customer");
  const facts = heard.map(({ seq, text }) => ({
    type: "fact",
    about: `word ${text}`,
    content: `Said ${text}.`,
    confidence: 1,
    seq,
  }));
  return { entities: {}, facts: [...facts, ...heard.map(({ seq }) => ({ seq }))], intent: null };
}

/** The notes so far and every word since. */
function summaryOf(input: string): string {
  const [first = "", ...lines] = input.split("\n");
  const { notes_so_far: earlier }: { readonly notes_so_far: string } = JSON.parse(first);
  const words = lines.map((line) => String(JSON.parse(line).text));
  return [...(earlier === "" ? [] : [earlier]), ...words].join(", ");
}

/** What the file holds of the one memory there is. */
function memoryIn(server: ServerProcess):
  | {
      readonly foldedThrough: number;
      readonly extractedThrough: number;
      readonly dropped: number;
      readonly summary?: { readonly text: string };
    }
  | undefined {
  const [row] = rowsIn(server.databaseFile, "SELECT body FROM store_memory");
  return row === undefined ? undefined : JSON.parse(String(row["body"]));
}

async function exchange(server: ServerProcess, text: string): Promise<void> {
  await server.customer().text(text);
  await server.twilio.waitForMessage(({ body }) => body === `Re: ${text}`);
}
