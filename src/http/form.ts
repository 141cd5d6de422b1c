import { parse } from "node:querystring";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Form } from "../channels/twilio/form.ts";

/** Makes forms the one kind of body that is taken. */
export function acceptFormsOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, parseForm(String(body)));
  });
}

/** Parses a form or a query; a name that comes more than once keeps all its values. */
export function parseForm(text: string): Form {
  // Names beyond a limit would be dropped, and then the signature would not match; the body's size is the limit.
  return parse(text, "&", "=", { maxKeys: 0 });
}

/** The form of a request; one without a body has no fields. */
export function formOf(request: FastifyRequest): Form {
  // At the border: the one parser of this server gives nothing but forms, and there is none without a body.
  return (request.body as Form | undefined) ?? {};
}

/** The query of a request. */
export function queryOf(request: FastifyRequest): Form {
  // At the border: the server's parser of queries is `parseForm`.
  return request.query as Form;
}
