import type { Continuo } from "./continuo.ts";

/** The setting that lets an operator of every business in, and one of each of the businesses named. */
export function operatorKeys(...tenants: readonly string[]): { readonly ADMIN_API_KEYS: string } {
  const keys = ["*", ...tenants].map((tenant, index) => `ann-${index}:admin:${tenant}:${secretFor(tenant)}`);
  return { ADMIN_API_KEYS: keys.join(",") };
}

/** What an operator may ask for. */
export interface OperatorAsk {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: object;
  /** The business whose operator asks; by default one who may see all. */
  readonly tenant?: string;
}

/** Asks for something as an operator. */
export function askAsOperator(continuo: Continuo, { method, path, body, tenant }: OperatorAsk): Promise<Response> {
  return fetch(`${continuo.app.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${secretFor(tenant)}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** What an operator is told at a path; in JSON, of which a test expects what it will. */
// oxlint-disable-next-line typescript/no-explicit-any
export async function readAsOperator(continuo: Continuo, path: string, tenant?: string): Promise<any> {
  const response = await askAsOperator(continuo, { method: "GET", path, ...(tenant === undefined ? {} : { tenant }) });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`);
  return await response.json();
}

function secretFor(tenant = "*"): string {
  return `secret-of-the-operator-of-${tenant}`;
}
