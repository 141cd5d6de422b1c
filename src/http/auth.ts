import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { TenantId } from "../core/ids.ts";
import { roles, type ApiKey, type Role } from "../core/ports/keys.ts";
import { countAttempts, type Attempts } from "./attempts.ts";
import { queryOf } from "./form.ts";
import { requestRefused } from "./log.ts";
import { networkAddress } from "./network-address.ts";
import type { HttpParts } from "./parts.ts";
import { malformed, sendProblem, type Problem } from "./problem.ts";

/** Who may use the API, and for which tenants. */
export interface Access {
  /** The key that a secret belongs to; undefined when it is nobody's. */
  authenticate(secret: string): ApiKey | undefined;
  /** A tenant by its name; undefined when there is none. */
  tenant(name: string): TenantId | undefined;
  /** The tenant that a key of every tenant means when it names none. */
  readonly defaultTenant: TenantId;
}

/** Whoever makes a request, known by a key. */
export interface Caller {
  /** The key's name, for the record. */
  readonly name: string;
  readonly role: Role;
  /** The tenant whose things the request is about; what is another's is not there. */
  readonly tenant: TenantId;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

const CALLER = "caller";
const WRONG_KEYS = "wrongKeys";
/** Wrong keys from one network within a window, after which they are refused without a line in the log. */
const MOST_WRONG = 10;
const WINDOW_MS = 60_000;

/** Makes room on requests for whoever makes them. Call it once, before the routes that need a key. */
export function knowCallers(app: FastifyInstance, { clock }: Pick<HttpParts, "clock">): void {
  app.decorateRequest(CALLER);
  app.decorate(WRONG_KEYS, countAttempts({ clock, most: MOST_WRONG, windowMs: WINDOW_MS }));
}

/**
 * The hook that lets only requests pass whose key has a role, or a higher one. As `onRequest` it refuses before
 * anything of a stranger's body is read. Behind it, `callerOf` tells who asks, and for which tenant.
 */
export function needs(parts: Pick<HttpParts, "access" | "log">, role: Role): Hook {
  const { access, log } = parts;
  return function checkKey(request, reply, done) {
    const checked = callerWith(request, access);
    if (checked.kind === "known" && roles.indexOf(checked.caller.role) >= roles.indexOf(role)) {
      request.setDecorator<Caller>(CALLER, checked.caller);
      return done();
    }
    const problem = checked.kind === "known" ? tooLow(role) : checked.problem;
    if (problem.status === 401) reply.header("www-authenticate", "Bearer");
    // Keys are too long to be guessed; what is bounded is how much a stranger can make us write. The right key passes
    // all the same, or anybody behind the same proxy could lock its owner out.
    const limited = checked.kind === "wrong" ? limitOf(request) : undefined;
    if (limited !== undefined) {
      sendProblem(reply.header("retry-after", String(limited)), tooMany);
      return;
    }
    requestRefused(log, request.routeOptions.url ?? "", problem);
    sendProblem(reply, problem);
  };
}

/** Who makes a request that was let in. */
export function callerOf(request: FastifyRequest): Caller {
  return request.getDecorator<Caller>(CALLER);
}

const noKey: Problem = {
  status: 401,
  code: "unauthorised",
  detail: "This needs a key: send it as Authorization: Bearer SECRET. Keys are set in ADMIN_API_KEYS.",
};
const noTenant: Problem = { status: 404, code: "not_found", detail: "There is no tenant of that name." };
const tooMany: Problem = {
  status: 429,
  code: "too_many_requests",
  detail: "Too many wrong keys from this network. Try again in a minute.",
};

function tooLow(role: Role): Problem {
  return { status: 403, code: "forbidden", detail: `This needs a key with the role ${role}, or a higher one.` };
}

type Checked =
  | { readonly kind: "known"; readonly caller: Caller }
  /** There is no key, or its tenant is not there. */
  | { readonly kind: "refused"; readonly problem: Problem }
  /** A key came along that is nobody's. */
  | { readonly kind: "wrong"; readonly problem: Problem };

function callerWith(request: FastifyRequest, access: Access): Checked {
  const { authorization } = request.headers;
  if (authorization === undefined) return { kind: "refused", problem: noKey };
  const secret = /^Bearer +([\x21-\x7E]{1,1024})$/iu.exec(authorization)?.[1];
  const key = secret === undefined ? undefined : access.authenticate(secret);
  if (key === undefined) return { kind: "wrong", problem: noKey };
  const { tenant: asked } = queryOf(request);
  if (asked !== undefined && typeof asked !== "string")
    return { kind: "refused", problem: malformed("tenant came more than once") };
  const tenant = asked === undefined ? (key.tenant ?? access.defaultTenant) : access.tenant(asked);
  // Another tenant is as if it were not there.
  if (tenant === undefined || (key.tenant !== undefined && key.tenant !== tenant))
    return { kind: "refused", problem: noTenant };
  return { kind: "known", caller: { name: key.name, role: key.role, tenant } };
}

/** After how many seconds a network may try wrong keys again; undefined while it still may. */
function limitOf(request: FastifyRequest): number | undefined {
  const taken = request.server.getDecorator<Attempts>(WRONG_KEYS).take(networkAddress(request.raw));
  return taken.kind === "allowed" ? undefined : Math.max(1, Math.ceil(taken.retryAfterMs / 1_000));
}
