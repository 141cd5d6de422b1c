import { readAddress } from "../core/address.ts";
import type { Config } from "./config.ts";

/** Whether a number is one of ours, in any spelling; without a list every number is. */
export function servedNumbers(config: Pick<Config, "twilio" | "identity">): (dialled: string) => boolean {
  const { numbers } = config.twilio;
  if (numbers.length === 0) return () => true;
  const served = new Set(numbers.map(keyOf));
  return (number) => served.has(keyOf(number));

  function keyOf(number: string): string {
    const address = readAddress(number, config.identity.defaultCountry);
    return address.kind === "phone" ? address.number : number.toLowerCase();
  }
}
