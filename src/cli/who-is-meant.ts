import type { WithoutServer } from "../app/without-server.ts";
import { printable } from "./screen.ts";

type Customer = Parameters<WithoutServer["forget"]>[0];

/** The customer whom a person means; undefined when it is nobody, which is told. */
export async function whoIsMeant(
  open: WithoutServer,
  given: { readonly name: string; readonly tenant: string | undefined },
): Promise<Customer | undefined> {
  const tenant = open.tenant(given.tenant);
  const meant = await open.find(tenant, given.name);
  if (meant.kind === "known") return { tenant: tenant.id, subjectId: meant.subject.id };
  process.stderr.write(`${printable(meant.understood)}\n`);
  process.exitCode = meant.kind === "malformed" ? 2 : 1;
  return undefined;
}

/** What is told to somebody whose words the shell took apart. */
export const tooManyWords = 'One customer at a time; put a number with spaces in quotes: "+1 415 555 0100".';
