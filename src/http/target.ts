/** The target of a request as a path, exactly as it was written; a proxy may send the whole address (RFC 9112, 3.2.2). */
export function requestTarget(target: string): string {
  if (target.startsWith("/")) return target;
  const authority = /^https?:\/\/[^/?#]*/iu.exec(target);
  if (authority === null) return target;
  const rest = target.slice(authority[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
