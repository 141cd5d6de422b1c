/** Says what holds. Throws when it does not, so that the example ends with exit code 1. */
export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it is not so that: ${what}`);
  console.log(`  -> ${what}`);
}
