import type { Continuo } from "./continuo.ts";
import type { WebVisitor } from "./visitor.ts";

/** A visitor proves that a number is theirs, by the code that is texted to it. */
export async function proveNumber(continuo: Continuo, visitor: WebVisitor, number: string): Promise<void> {
  await visitor.post("code", { phone: number });
  const sent = await continuo.twilio.waitForMessage(({ to, body }) => to === number && /^\d{6} is/u.test(body));
  const confirmed = await visitor.post("code/confirm", { phone: number, code: sent.body.slice(0, 6) });
  if (!(await confirmed.text()).includes("proven")) throw new Error(`the number was not proven: ${confirmed.status}`);
}
