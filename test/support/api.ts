/** The settings that give one key of each role, and one of another tenant's. */
export const apiKeys: Readonly<Record<string, string>> = {
  ADMIN_API_KEYS: [
    "vic:viewer:*:secret-of-viewer-vic",
    "ada:operator:*:secret-of-operator-ada",
    "sue:supervisor:*:secret-of-supervisor-sue",
    "max:admin:*:secret-of-admin-max",
  ].join(","),
};

/** Whose key a request is made with. */
export type KeyName = "vic" | "ada" | "sue" | "max";

const secrets: Readonly<Record<KeyName, string>> = {
  vic: "secret-of-viewer-vic",
  ada: "secret-of-operator-ada",
  sue: "secret-of-supervisor-sue",
  max: "secret-of-admin-max",
};

/** An answer of the API, read as JSON where it is. */
export interface ApiAnswer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into it as they know it
  readonly body: any;
  readonly text: string;
  readonly headers: Headers;
}

/** Makes a request in somebody's name; a body is sent as JSON. */
export type Ask = (by: KeyName, request: string, body?: object) => Promise<ApiAnswer>;

/** Asks a server something in the name of the key that may do everything. */
export function askAdmin(url: string, request: string, body?: object): Promise<ApiAnswer> {
  return apiOf({ url })("max", request, body);
}

/** The API of a server: `ask("ada", "POST /admin/…", {…})`. Its address may change with a restart. */
export function apiOf(server: { readonly url: string } | (() => string)): Ask {
  return async function ask(by, request, body) {
    const [method = "GET", path = ""] = request.split(" ", 2);
    const url = typeof server === "function" ? server() : server.url;
    const headers = { authorization: `Bearer ${secrets[by]}`, ...(body ? { "content-type": "application/json" } : {}) };
    const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await response.text();
    const json = /json/u.test(response.headers.get("content-type") ?? "");
    return { status: response.status, body: json ? JSON.parse(text) : undefined, text, headers: response.headers };
  };
}
