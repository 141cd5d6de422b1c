import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { MemoryEdit } from "../admin-parts.ts";
import { forCustomer, refuse, type AdminRouteParts } from "../admin-scope.ts";
import { needs } from "../auth.ts";
import type { Problem } from "../problem.ts";

/** `GET /admin/customer/:phone/memory`: all that is known of a customer beside what was said, history included. */
export function adminMemoryRoute(scope: FastifyInstance, parts: AdminRouteParts): void {
  scope.get(
    "/admin/customer/:phone/memory",
    { onRequest: needs(parts, "viewer") },
    forCustomer(parts, async ({ reply, who }) => {
      reply.send(await parts.customers.memory(who));
    }),
  );
}

/** Answers with what became of a change of memory; undefined is answered with nothing at all. */
export function sendEdit(
  at: { readonly parts: AdminRouteParts; readonly request: FastifyRequest; readonly reply: FastifyReply },
  edit: MemoryEdit<object | undefined>,
  status: 200 | 201 = 200,
): void {
  if (edit.kind !== "changed") refuse(at, problems[edit.kind]);
  else if (edit.value === undefined) at.reply.code(204).send();
  else at.reply.code(status).send(edit.value);
}

const problems: Readonly<Record<Exclude<MemoryEdit<unknown>["kind"], "changed">, Problem>> = {
  not_found: { status: 404, code: "not_found", detail: "Nothing of that name is remembered of this customer." },
  refused: { status: 400, code: "bad_request", detail: "It says nothing that could be remembered." },
  unfit: {
    status: 400,
    code: "bad_request",
    detail: "The agent of this customer has no value of that name, or it is none that fits the agent's schema.",
  },
  lost: {
    status: 409,
    code: "conflict",
    detail:
      "What is remembered of this customer was changed by others at the same time. Read it again, then try again.",
  },
};
