import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * Where a request comes from, for counting. A proxy in our own network is believed when it says for whom it asks; the
 * rest of that header is whatever the client wrote. Of IPv6 it is the network, because one household has all of it.
 */
export function networkAddress(request: Pick<IncomingMessage, "headers" | "socket">): string {
  const peer = plain(request.socket.remoteAddress ?? "");
  const told = request.headers["x-forwarded-for"];
  const last = isOurs(peer) && told !== undefined ? plain(String(told).split(",").at(-1)?.trim() ?? "") : "";
  const address = isIP(last) === 0 ? peer : last;
  return isIP(address) === 6 ? networkOf(address) : address;
}

/** IPv4 stays IPv4 when it is written as IPv6. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/iu, "");
}

function isOurs(address: string): boolean {
  return (
    /^(?:127|10)\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^169\.254\./u.test(address) ||
    address === "::1" ||
    /^f[cd]|^fe[89ab]/iu.test(address)
  );
}

function networkOf(address: string): string {
  const [front = "", back] = address.toLowerCase().split("%", 1).join("").split("::");
  const groups = front === "" ? [] : front.split(":");
  const rest = back === undefined || back === "" ? [] : back.split(":");
  while (groups.length + rest.length < 8) groups.push("0");
  return `${[...groups, ...rest].slice(0, 4).join(":")}::/64`;
}
