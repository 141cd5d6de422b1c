import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";

/** A customer as the database knows them. */
export interface CrmCustomer {
  readonly id: string;
  readonly name: string;
  readonly tier: string;
  /** In E.164; a person may have several. */
  readonly phones: readonly string[];
}

/** A small customer database that really listens. */
export interface CrmServer extends AsyncDisposable {
  readonly url: string;
  /** Which numbers were asked about, in order. */
  readonly asked: readonly string[];
  /** Writes a customer down, or changes one. */
  keep(customer: CrmCustomer): void;
  /** Answers no more, as a database does that hangs; or answers again. */
  hang(hangs: boolean): void;
}

/**
 * Starts a customer database with the interface that the resolver `crm` asks: `POST /customers/lookup` with
 * `{ "phone": "+14155550100" }` and `Authorization: Bearer …`, answered by `{ "id", "name", … }`, or 404.
 */
export async function startCrmServer(options: { readonly apiKey: string; readonly port?: number }): Promise<CrmServer> {
  const customers = new Map<string, CrmCustomer>();
  const asked: string[] = [];
  let hanging = false;
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error("failed"));
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST" || request.url !== "/customers/lookup") {
      send(response, 404, { error: "there is nothing here" });
      return;
    }
    if (request.headers.authorization !== `Bearer ${options.apiKey}`) {
      send(response, 401, { error: "the key is missing or wrong" });
      return;
    }
    const phone = await phoneIn(request);
    if (phone === undefined) {
      send(response, 400, { error: 'send { "phone": "+14155550100" }' });
      return;
    }
    asked.push(phone);
    if (hanging) return;
    const customer = [...customers.values()].find(({ phones }) => phones.includes(phone));
    if (customer === undefined) send(response, 404, { error: "nobody has this number" });
    else send(response, 200, { id: customer.id, name: customer.name, tier: customer.tier });
  }

  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    keep(customer) {
      customers.set(customer.id, customer);
    },
    hang(hangs) {
      hanging = hangs;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function phoneIn(request: IncomingMessage): Promise<string | undefined> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null || !("phone" in body)) return undefined;
  return typeof body.phone === "string" ? body.phone : undefined;
}

function send(response: ServerResponse, status: number, body: Readonly<Record<string, string>>): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const crm = await startCrmServer({ apiKey: "demo-key", port: 4000 });
  crm.keep({ id: "cus_42", name: "John Smith", tier: "gold", phones: ["+14155550100", "+442079460000"] });
  console.log(`A customer database listens on ${crm.url}; its key is demo-key.`);
}
