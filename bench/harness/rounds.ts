/** Rounds of a whole measurement; `BENCH_ROUNDS=1` is for trying a change out. */
export const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? "5");

/** Runs every variant once a round, in an order that turns around each round. Results are by variant, in order of the rounds. */
export async function interleave<Variant extends string, Result>(
  variants: readonly Variant[],
  run: (variant: Variant, round: number) => Promise<Result>,
): Promise<Readonly<Record<Variant, readonly Result[]>>> {
  // At the start every variant has no results; below each gets its own.
  const results = Object.fromEntries(variants.map((variant) => [variant, []])) as unknown as Record<Variant, Result[]>;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      process.stderr.write(`  round ${round + 1} of ${ROUNDS}, ${variant}\n`);
      results[variant].push(await run(variant, round));
    }
  }
  return results;
}
