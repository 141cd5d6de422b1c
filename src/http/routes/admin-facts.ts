import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { branded, type FactId } from "../../core/ids.ts";
import { forCustomer, type AdminRouteParts } from "../admin-scope.ts";
import { needs } from "../auth.ts";
import { jsonOf, readBy } from "../json.ts";
import { sendEdit } from "./admin-memory.ts";

const path = z.object({ id: z.string() });

/** A text that can be shown: no control characters but line breaks. */
function text(most: number): z.ZodString {
  return z
    .string()
    .max(most, `at most ${most} characters`)
    .regex(/\S/u, "must say something")
    .regex(/^[\P{Cc}\s]*$/u, "must have no control characters");
}

const share = z.number().min(0).max(1);
const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], "a moment such as 2026-11-21T12:00:00Z, or a day")
  .transform((iso) => Date.parse(iso));

const written = z.object({
  type: z.enum(["fact", "preference"]),
  about: text(60),
  content: text(300),
  confidence: share.optional(),
  expires: moment.nullish(),
});

const changed = z
  .object({ content: text(300).optional(), confidence: share.optional(), expires: moment.nullish() })
  .refine(
    ({ content, confidence, expires }) => (content ?? confidence ?? expires) !== undefined,
    "give content, confidence or expires",
  );

/**
 * `POST /admin/customer/:phone/memory/facts` writes a fact down, `PATCH …/facts/:id` changes one that counts now,
 * `DELETE …/facts/:id` forgets one with what was known before about the same.
 */
export function adminFactsRoutes(scope: FastifyInstance, parts: AdminRouteParts): void {
  const { customers } = parts;
  const onRequest = needs(parts, "operator");
  scope.post(
    "/admin/customer/:phone/memory/facts",
    { onRequest },
    forCustomer(parts, async ({ request, reply, caller, who }) => {
      const { type, about, content, confidence, expires } = jsonOf(written, request);
      const fact = {
        type,
        about,
        content,
        ...(confidence === undefined ? {} : { confidence }),
        ...(typeof expires === "number" ? { expires } : {}),
      };
      sendEdit({ parts, request, reply }, await customers.addFact(who, fact, caller.name), 201);
    }),
  );
  scope.patch(
    "/admin/customer/:phone/memory/facts/:id",
    { onRequest },
    forCustomer(parts, async ({ request, reply, caller, who }) => {
      const { content, confidence, expires } = jsonOf(changed, request);
      const edit = {
        id: factIdOf(request),
        ...(content === undefined ? {} : { content }),
        ...(confidence === undefined ? {} : { confidence }),
        // Here null is "never", and what is left out stays.
        ...(expires === undefined ? {} : { expires: expires ?? undefined }),
      };
      sendEdit({ parts, request, reply }, await customers.editFact(who, edit, caller.name));
    }),
  );
  scope.delete(
    "/admin/customer/:phone/memory/facts/:id",
    { onRequest },
    forCustomer(parts, async ({ request, reply, who }) => {
      sendEdit({ parts, request, reply }, await customers.forgetFact(who, factIdOf(request)));
    }),
  );
}

function factIdOf(request: FastifyRequest): FactId {
  return branded<FactId>(readBy(path, request.params).id);
}
