import { Socket } from "node:net";
import { expect, test } from "vitest";
import { networkAddress } from "./network-address.ts";

function from(remoteAddress: string, forwarded?: string): string {
  const socket = Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress });
  return networkAddress({ socket, headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded } });
}

test("a stranger is who they are, whatever they write into a header", () => {
  expect(from("203.0.113.7", "192.0.2.1")).toBe("203.0.113.7");
  expect(from("::ffff:203.0.113.7")).toBe("203.0.113.7");
});

test("a proxy of our own network is believed, for the last hop only", () => {
  for (const proxy of ["127.0.0.1", "::1", "10.0.0.2", "172.20.0.3", "192.168.1.1", "fd00::2", "::ffff:10.1.1.1"])
    expect(from(proxy, "198.51.100.1, 203.0.113.7")).toBe("203.0.113.7");
  expect(from("10.0.0.2", "nonsense")).toBe("10.0.0.2");
  expect(from("172.32.0.3", "203.0.113.7")).toBe("172.32.0.3");
});

test("of IPv6 it is the network that counts, however it is spelled", () => {
  const home = "2001:db8:0:1::/64";
  for (const one of ["2001:db8:0:1:2:3:4:5", "2001:DB8:0:1::9", "2001:db8:0:1::"]) expect(from(one)).toBe(home);
  expect(from("2001:db8::1")).toBe("2001:db8:0:0::/64");
});
