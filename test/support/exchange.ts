import { expect } from "vitest";
import { JOHN, type Continuo } from "./continuo.ts";

/** A customer texts; gives the answer once it was sent. */
export async function exchange(continuo: Continuo, words: string, number = JOHN): Promise<string> {
  const earlier = continuo.twilio.messagesTo(number).length;
  await continuo.customer(number).text(words);
  await expect
    .poll(() => continuo.twilio.messagesTo(number).length, { interval: 2, timeout: 10_000 })
    .toBeGreaterThan(earlier);
  return continuo.twilio.messagesTo(number)[earlier]?.body ?? "";
}
