import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { apiKeys, askAdmin, type ApiAnswer } from "../support/api.ts";
import { BUSINESS, itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { webVisitor, type WebVisitor } from "../support/visitor.ts";

// Another program holds the write lock. Whoever wants something to be kept is told to come back, and nothing is half done.

test("while another program locks the database, chat, codes, operators and privacy get 503, and afterwards all of it works", async () => {
  await using continuo = await startContinuo({ env: { ...apiKeys, TWILIO_PHONE_NUMBER: BUSINESS } });
  const { url } = continuo.app;
  const john = continuo.customer();
  await john.text("Where is ORD_12345?");
  const visitor = await webVisitor(() => continuo.app.url);
  await visitor.say("Hello");
  await continuo.quiet();
  await continuo.twilio.settled();
  const fact = { type: "preference", about: "channel", content: "Prefers text messages." };
  const asks: Readonly<Record<string, () => Promise<Answer>>> = {
    chat: () => answerTo(visitor, "messages", { id: "message-away", text: "Are you there?" }),
    code: () => answerTo(visitor, "code", { phone: JOHN }),
    fact: () => askAdmin(url, `POST /admin/customer/${JOHN}/memory/facts`, fact),
    entity: () => askAdmin(url, `PATCH /admin/customer/${JOHN}/memory/entities/customer_name`, { value: "Jonathan" }),
    close: () => askAdmin(url, `POST /admin/customer/${JOHN}/close`),
    forget: () => askAdmin(url, `DELETE /privacy/delete/${JOHN}`),
  };
  const before = rowsOf(continuo.app.config.state.sqlitePath);

  const lock = new DatabaseSync(continuo.app.config.state.sqlitePath);
  lock.exec("BEGIN IMMEDIATE");
  const answers = await Promise.all(Object.entries(asks).map(async ([what, ask]) => ({ what, ...(await ask()) })));
  // What is only read is read all the same.
  expect((await visitor.history()).lines).toHaveLength(2);
  expect(await askAdmin(url, `GET /admin/customer/${JOHN}/memory`)).toMatchObject({ status: 200 });
  lock.exec("ROLLBACK");
  lock.close();
  for (const { what, status, headers, body } of answers) {
    expect({ what, status, retryAfter: headers.get("retry-after") }).toEqual({ what, status: 503, retryAfter: "5" });
    expect(body, what).toMatchObject({
      type: "about:blank",
      status: 503,
      code: expect.stringMatching(/_unavailable$/u),
    });
  }
  expect(rowsOf(continuo.app.config.state.sqlitePath)).toEqual(before);

  expect(await asks["chat"]?.()).toMatchObject({ status: 202, body: { status: "accepted" } });
  await continuo.quiet();
  expect((await visitor.history()).lines.map(({ who }) => who)).toEqual(["customer", "agent", "customer", "agent"]);
  expect(await asks["code"]?.()).toMatchObject({ status: 202, body: { status: "sent" } });
  await continuo.twilio.waitForMessage(({ body }) => body.includes("Never share it"));
  expect(await asks["fact"]?.()).toMatchObject({ status: 201, body: { content: fact.content } });
  expect(await asks["entity"]?.()).toMatchObject({ status: 200, body: { value: "Jonathan" } });
  expect(await asks["close"]?.()).toMatchObject({ status: 200, body: { changed: true, session: { number: 1 } } });
  expect(await asks["forget"]?.()).toMatchObject({ status: 200, body: { files: "clean", deleted: { subjects: 1 } } });
  expect(itemsOf(await continuo.record())).toEqual([]);
  expect(await asks["forget"]?.()).toMatchObject({ status: 404 });
}, 60_000);

type Answer = Pick<ApiAnswer, "status" | "headers" | "body">;

/** What a visitor's request was answered with. */
async function answerTo(visitor: WebVisitor, path: string, body: object): Promise<Answer> {
  const response = await visitor.post(path, body);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Every row there is, by table, but for the figures, which are counted whenever there is time. */
function rowsOf(file: string): readonly unknown[] {
  using database = new DatabaseSync(file, { readOnly: true });
  const tables = database
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table'
       AND name NOT IN ('counted_events', 'subject_totals', 'day_totals') ORDER BY name`,
    )
    .all();
  return tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${String(name)}"`).all()]);
}
