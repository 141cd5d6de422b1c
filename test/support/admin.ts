const secret = "tests-0123456789abcdef";

/** The settings that make a server know the tests' key, which may do everything. */
export const withAdmin = { ADMIN_API_KEYS: `tests:admin:*:${secret}` } as const;

/** What an operator's request was answered with. */
export interface AdminAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  // Whatever the server told; tests look into it freely.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** Asks a server something as an operator does, by method and path. */
export async function askAdmin(url: string, request: string, body?: object): Promise<AdminAnswer> {
  const [method = "GET", path = "/"] = request.split(" ", 2);
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${secret}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    body: text === "" ? undefined : JSON.parse(text),
  };
}
