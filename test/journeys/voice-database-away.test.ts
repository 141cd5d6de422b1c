import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { itemsOf, startContinuo, type Continuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import { answeredBy, askedIn, saidOn, tokensOf } from "../support/voice.ts";

const apology = "I am sorry, I cannot answer just now. Your message is safe, and somebody will get back to you.";

test("a caller who speaks while the database is locked hears so once, and is answered when it is back", async () => {
  await using model = await startModelServer((request) => ({
    kind: "say",
    tokens: tokensOf(`You said: ${askedIn(request)}`),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  const locked = lock(continuo);
  await call.say("Where is my parcel?");
  expect((await call.hear()).text).toBe(apology);
  locked.release();
  expect((await call.hear()).text).toBe("You said: Where is my parcel?");
  await call.say("Thank you.");
  expect((await call.hear()).text).toBe("You said: Thank you.");

  expect(saidOn(call)).toEqual([apology, "You said: Where is my parcel?", "You said: Thank you."]);
  await continuo.quiet();
  expect(itemsOf(await continuo.record()).flatMap((item) => (item.kind === "customer" ? [item.text] : []))).toEqual([
    "Where is my parcel?",
    "Thank you.",
  ]);
});

test("whoever calls while the database is locked hears a sentence, and is let go", async () => {
  await using continuo = await startContinuo();
  const locked = lock(continuo);
  const call = await continuo.customer().call();
  expect((await call.hear()).text).toBe(apology);
  expect(await call.ended).toMatchObject({ kind: "left" });
  locked.release();

  const again = await continuo.customer().call();
  expect((await again.hear()).text).toMatch(/^Hello/u);
});

/** Holds the database's write lock, as another program would. */
function lock(continuo: Continuo): { readonly release: () => void } {
  const database = new DatabaseSync(continuo.app.config.state.sqlitePath);
  database.exec("BEGIN IMMEDIATE");
  return {
    release() {
      database.exec("ROLLBACK");
      database.close();
    },
  };
}
