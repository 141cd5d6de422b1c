import { expect, test } from "vitest";
import { JOHN } from "../support/continuo.ts";
import { startServerProcess } from "../support/server-process.ts";

test("a second server on a data folder is refused, and looking at the folder works beside the first", async () => {
  await using server = await startServerProcess();
  await server.customer().text("Where is ORD_12345?");
  await server.twilio.waitForMessage((message) => message.to === JOHN);

  const second = await server.command(["start"], { PORT: "0" });
  expect(second.code).toBe(1);
  expect(second.output).toMatch(/data_folder_in_use.*another server works on .*data \(process \d+\); stop it, or/u);

  const listed = await server.command(["sessions"]);
  expect(listed.code).toBe(0);
  expect(listed.output).toContain("phone_14155550100");
  const shown = await server.command(["sessions", "(415) 555-0100"]);
  expect(shown.code).toBe(0);
  expect(shown.output).toContain("Where is ORD_12345?");
  expect((await server.command(["sessions", "+14155550999"])).code).toBe(1);

  // The first one took no harm.
  await server.customer("+14155550123").text("Where is ORD_67890?");
  await server.twilio.waitForMessage((message) => message.to === "+14155550123");
});

test("a port that is taken is said so, and the data folder is let go", async () => {
  await using server = await startServerProcess();
  const other = await server.command(["start"], { DATA_DIR: "elsewhere" });
  expect(other.code).toBe(1);
  expect(other.output).toMatch(/cannot listen on port \d+ of 127\.0\.0\.1; set PORT or HOST/u);
  const migrated = await server.command(["migrate"], { DATA_DIR: "elsewhere" });
  expect(migrated.code).toBe(0);
});

test("a folder whose server was killed is free at once", async () => {
  await using server = await startServerProcess();
  await server.kill();
  await server.start();
  await server.customer().text("Where is ORD_12345?");
  await server.twilio.waitForMessage((message) => message.to === JOHN);
});
