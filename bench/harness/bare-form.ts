import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { parse } from "node:querystring";
import { account } from "./account.ts";

/** Reads a form and checks its signature, with nothing around it; undefined when it is not genuine. */
export async function readSignedForm(request: IncomingMessage): Promise<Record<string, string> | undefined> {
  const body = await bodyOf(request);
  // The load generator sends every field once.
  const form = parse(body) as Record<string, string>;
  let text = `${account.publicUrl}${request.url ?? ""}`;
  for (const name of Object.keys(form).toSorted()) text += name + String(form[name]);
  const expected = createHmac("sha1", account.token).update(text).digest();
  const given = Buffer.from(String(request.headers["x-twilio-signature"] ?? ""), "base64");
  return given.length === expected.length && timingSafeEqual(given, expected) ? form : undefined;
}

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => resolve(body));
    request.on("error", reject);
  });
}
