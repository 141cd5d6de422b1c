/**
 * @typedef {{ id: string, who: "customer" | "agent" | "operator", text: string, at: number, turn?: string, channel: "sms" | "whatsapp" | "voice" | "web", attachments?: number }} Line
 * @typedef {{ answeredBy: "agent" | "operator", session: string, proven: boolean }} State
 * @typedef {{ lines: Line[], before?: number, lastEventId?: string, state: State }} History
 * @typedef {{ known: boolean, proof: boolean, name?: string, title?: string, greeting?: string, token?: string }} Hello
 * @typedef {{ id: string, text: string, at: number }} Unsent
 * @typedef {{ token?: string | undefined, unsent?: Unsent[] }} Kept
 */

/**
 * @template Body
 * @typedef {{ status: number, retryAfter: number, body: Partial<Body> }} Answer
 */

/** @typedef {Answer<{ status: string, proof: string }>} CodeAnswer */

/**
 * What is kept between pages and shared by all that are open: in the browser's storage, or in memory where there is none.
 * @param {string} key
 */
export function keeper(key) {
  /** @type {Kept} */
  let remembered = {};
  return {
    get token() {
      return read().token;
    },
    get unsent() {
      return read().unsent ?? [];
    },
    /** @param {Kept} change */
    keep(change) {
      remembered = { ...read(), ...change };
      try {
        localStorage.setItem(key, JSON.stringify(remembered));
      } catch {
        // Blocked or full: it lasts as long as the page.
      }
    },
  };

  /** @returns {Kept} */
  function read() {
    try {
      const text = localStorage.getItem(key);
      return text === null ? remembered : /** @type {Kept} */ (JSON.parse(text));
    } catch {
      return remembered;
    }
  }
}

/**
 * The chat's API, spoken with the visitor's token.
 * @param {{ base: string, tenant: string | undefined, kept: ReturnType<typeof keeper> }} where
 */
export function chatServer({ base, tenant, kept }) {
  return {
    async hello() {
      /** @type {Hello} */
      const hello = await must(ask("hello", {}));
      if (hello.token !== undefined) kept.keep({ token: hello.token });
      return hello;
    },
    /**
     * @param {{ id: string, text: string }} message
     * @returns {Promise<Answer<object>>}
     */
    send: ({ id, text }) => ask("messages", { id, text }),
    /**
     * @param {number} [before]
     * @returns {Promise<History>}
     */
    history: (before) => must(ask(before === undefined ? "messages" : `messages?before=${before}`)),
    /**
     * @param {string} phone
     * @returns {Promise<CodeAnswer>}
     */
    code: (phone) => ask("code", { phone }),
    /**
     * @param {{ phone: string, code: string, proof?: string }} given
     * @returns {Promise<CodeAnswer>}
     */
    confirm: (given) => ask("code/confirm", given),
    /**
     * @param {string | undefined} lastEventId
     * @param {AbortSignal} signal
     */
    events: (lastEventId, signal) =>
      request("events", { signal, headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId } }),
    forget() {
      kept.keep({ token: undefined, unsent: [] });
    },
  };

  /**
   * @template Body
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<Answer<Body>>}
   */
  async function ask(path, body) {
    const given = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await request(path, body === undefined ? {} : given);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    const read = /** @type {Partial<Body>} */ (isJson ? JSON.parse(text) : {});
    return { status: response.status, retryAfter: Number(response.headers.get("retry-after") ?? 0), body: read };
  }

  /**
   * @param {string} path
   * @param {{ method?: string, body?: string, signal?: AbortSignal, headers?: Record<string, string> }} given
   */
  async function request(path, given) {
    const url = new URL(path, base);
    if (tenant !== undefined) url.searchParams.set("tenant", tenant);
    const headers = {
      ...given.headers,
      ...(kept.token === undefined ? {} : { authorization: `Bearer ${kept.token}` }),
    };
    const response = await fetch(url, { ...given, headers, credentials: "omit", referrerPolicy: "no-referrer" });
    const renewed = response.headers.get("chat-token");
    if (renewed !== null) kept.keep({ token: renewed });
    return response;
  }
}

/**
 * What was asked for; anything else is as good as no answer.
 * @template Body
 * @param {Promise<Answer<Body>>} asked
 * @returns {Promise<Body>}
 */
async function must(asked) {
  const { status, body } = await asked;
  if (status !== 200) throw new Error("The chat does not answer.");
  return /** @type {Body} */ (body);
}
