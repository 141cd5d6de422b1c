/** The words the rules turn on, each of at least five letters; where two are equally near, the first is taken. */
const known =
  "hello thanks please order orders number track tracking parcel package deliver delivery delivered arrive arrived receive received return returns returned refund refunds refunded policy warranty exchange shipping shipped invoice receipt charge charged charger payment total cancel change address account password broken working headphones earbuds router battery cable keyboard speaker monitor tablet laptop camera internet status where bought human person agent speak colleague somebody opening hours repeat again problem question express discount international membership".split(
    " ",
  );

/** Words that people mean although a known one is one letter away. */
const meant = new Set(
  "were while whether trick truck trucking trace tracks statue police route rooter table tables prone photo prison steak sneak spear think thinks thank tanks shopping skipping slipping skipped slipped stripped chopping cancer broker house horse brought change charges changed changes changing orders older odder ordered ordering tracked cabin charges returning refunding parcels packages addresses passwords accounts questions problems monitors monitored monitory arrives receives delivers deliveries exchanges batteries cables keyboards speakers tablets laptops cameras numbers numbered pleased accounts agents persons persona personal humane humans status statues charming chance stats against totals totally topping openings".split(
    " ",
  ),
);
const knownWords = new Set(known);

const SHORTEST = 4;
// From so many letters on, two of them may be wrong.
const TWO_WRONG_FROM = 9;
const MOST_WORDS = 200;

/** Mends small misspellings of the words the rules turn on: `shiping` is `shipping`, `oder` is `order`. Anything else stays as it is. */
export function spelledRight(text: string): string {
  let seen = 0;
  return text.replace(/(?<![\p{L}\p{N}_'-])[a-z]{4,14}(?![\p{L}\p{N}_'-])/giu, (word) => {
    seen += 1;
    return seen > MOST_WORDS ? word : nearest(word);
  });
}

function nearest(word: string): string {
  const typed = word.toLowerCase();
  if (typed.length < SHORTEST || knownWords.has(typed) || meant.has(typed)) return word;
  const allowed = typed.length >= TWO_WRONG_FROM ? 2 : 1;
  let best = word;
  let least = allowed + 1;
  for (const candidate of known) {
    // The first letter is hardly ever the wrong one.
    if (candidate[0] !== typed[0] || Math.abs(candidate.length - typed.length) > allowed) continue;
    const distance = distanceOf(typed, candidate);
    if (distance >= least) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

/** How many letters must be added, left out, changed or swapped with their neighbour. */
function distanceOf(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const change = from[row - 1] === to[column - 1] ? 0 : 1;
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + change,
          swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
