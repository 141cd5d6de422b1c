import { expect, test } from "vitest";
import { apiKeys, askAdmin } from "../support/api.ts";
import { jam, keptEvents, rowsIn, unjam } from "../support/database-file.ts";
import { answeredBy, askedIn, inputOf } from "../support/model-input.ts";
import { startModelServer, type SeenRequest } from "../support/model-server.ts";
import { JOHN, startServerProcess, type ServerProcess } from "../support/server-process.ts";

const MOBILE = "+442079460000";

// The server dies between the commit that decides a merge and the one that notes that all of it is done.
test.each([
  ["before the store brought the two conversations together", "BEFORE INSERT ON store_merges"],
  ["after the store brought the two conversations together", "BEFORE UPDATE ON merges WHEN NEW.state = 'merged'"],
])(
  "killed %s, it finishes the merge and answers who waits, once",
  async (_when, write) => {
    await using model = await startModelServer((request) => ({
      kind: "say",
      tokens: [isTalk(request) ? `Re: ${askedIn(request)}` : "{}"],
    }));
    await using server = await startServerProcess({ impatient: true, env: { ...answeredBy(model), ...apiKeys } });
    for (const text of ["one", "three"]) {
      await exchange(server, JOHN, text);
      await exchange(server, MOBILE, `${text} and a bit`);
    }
    jam(server.databaseFile, write);
    const wish = { into: JOHN, from: MOBILE, reason: "one person" };
    const decided = await askAdmin(server.line.publicUrl, "POST /admin/subjects/merge", wish);
    expect(decided).toMatchObject({ status: 202, body: { state: "merging" } });
    expect(await server.customer(MOBILE).text("five")).toMatchObject({ status: 200 });
    await server.kill();
    unjam(server.databaseFile);
    expect(server.twilio.messages.entries).toHaveLength(4);

    await server.start();
    await server.twilio.waitForMessage(({ to, body }) => to === MOBILE && body === "Re: five");
    const told = ["one", "one and a bit", "three", "three and a bit"].flatMap((text) => [text, `Re: ${text}`]);
    expect(saidIn(model.requests.findLast(isTalk))).toEqual([...told, "five"]);
    for (const number of [JOHN, MOBILE]) {
      const { body } = await askAdmin(server.line.publicUrl, `GET /admin/session/${number}`);
      const lines = body.context.conversationHistory.map(({ content }: { readonly content: string }) => content);
      expect(lines).toEqual([...told, "five", "Re: five"]);
    }
    expect(model.requests.filter(isTalk)).toHaveLength(5);
    expect(server.twilio.messages.entries).toHaveLength(5);
    expect(keptEvents(server.databaseFile).filter(({ name }) => name === "subjects_merged")).toHaveLength(1);
    expect(rowsIn(server.databaseFile, "SELECT state FROM merges")).toEqual([{ state: "merged" }]);
  },
  60_000,
);

/** A customer texts and has an answer, which is kept. */
async function exchange(server: ServerProcess, number: string, text: string): Promise<void> {
  await server.customer(number).text(text);
  await server.twilio.waitForMessage(({ to, body }) => to === number && body === `Re: ${text}`);
}

/** Whether a model is asked what to say; notes for memory are asked for in one piece. */
function isTalk({ body }: SeenRequest): boolean {
  return body.stream === true;
}

/** What both sides said, as a model was given it. */
function saidIn(request: SeenRequest | undefined): readonly string[] {
  const lines = request === undefined ? [] : inputOf(request);
  return lines.flatMap((line) => /^(?:user|assistant) (.*)$/su.exec(line)?.[1] ?? []);
}
