import { randomBytes } from "node:crypto";

/** A new id as Twilio makes them. */
export function newSid(prefix: "SM" | "CA" | "VX"): string {
  return prefix + randomBytes(16).toString("hex");
}
