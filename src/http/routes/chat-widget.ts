import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { widgetFile } from "../../channels/web/widget-file.ts";

/** `GET /chat/widget.js`: the script that shows the chat on a page; for pages of any origin. */
export function chatWidgetRoute(scope: FastifyInstance): void {
  let kept: Promise<WidgetFile> | undefined;
  scope.get("/chat/widget.js", async (request, reply) => {
    kept ??= readWidget();
    const { tag, ...bodies } = await kept;
    reply
      .header("etag", tag)
      .header("cache-control", "public, max-age=600, stale-while-revalidate=86400")
      .header("vary", "accept-encoding")
      .header("access-control-allow-origin", "*")
      .header("cross-origin-resource-policy", "cross-origin")
      .header("x-content-type-options", "nosniff");
    if (request.headers["if-none-match"]?.includes(tag) === true) {
      reply.code(304).send();
      return;
    }
    const encoding = encodingFor(request.headers["accept-encoding"] ?? "");
    if (encoding !== "identity") reply.header("content-encoding", encoding);
    reply.header("content-type", "text/javascript; charset=utf-8").send(bodies[encoding]);
  });
}

type Encoding = "br" | "gzip" | "identity";
type WidgetFile = Readonly<Record<Encoding, Buffer>> & { readonly tag: string };

async function readWidget(): Promise<WidgetFile> {
  const identity = Buffer.from(await widgetFile());
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(identity),
    promisify(gzip)(identity, { level: 9 }),
  ]);
  const tag = `W/"${createHash("sha256").update(identity).digest("base64url").slice(0, 16)}"`;
  return { identity, br, gzip: gzipped, tag };
}

function encodingFor(accepted: string): Encoding {
  if (/\bbr\b/iu.test(accepted)) return "br";
  return /\bgzip\b/iu.test(accepted) ? "gzip" : "identity";
}
