const ones = new Map<string, string>(
  Object.entries({
    zero: "0",
    oh: "0",
    o: "0",
    nought: "0",
    nil: "0",
    one: "1",
    two: "2",
    three: "3",
    four: "4",
    five: "5",
    six: "6",
    seven: "7",
    eight: "8",
    nine: "9",
    ten: "10",
    eleven: "11",
    twelve: "12",
    thirteen: "13",
    fourteen: "14",
    fifteen: "15",
    sixteen: "16",
    seventeen: "17",
    eighteen: "18",
    nineteen: "19",
  }),
);
const tens = new Map<string, number>(
  Object.entries({
    twenty: 20,
    thirty: 30,
    forty: 40,
    fourty: 40,
    fifty: 50,
    sixty: 60,
    seventy: 70,
    eighty: 80,
    ninety: 90,
  }),
);
const times = new Map<string, number>(Object.entries({ double: 2, triple: 3 }));

const numberWord = [...ones.keys(), ...tens.keys(), ...times.keys(), String.raw`\d{1,12}`]
  .toSorted((a, b) => b.length - a.length)
  .join("|");
const runOfNumbers = new RegExp(String.raw`\b(?:${numberWord})(?:(?:\s*,\s*|\s+|-)(?:${numberWord}))*\b`, "giu");

/**
 * Writes spoken numbers as digits: "one two three" and "1 2 3" become `123`, "twelve three forty-five" `12345`, "double
 * five six" `556`. Only runs of at least `least` digits are joined, so that "one of two" stays as it is.
 */
export function withSpokenDigits(text: string, least = 3): string {
  return text.replace(runOfNumbers, (run) => {
    const digits = digitsOf(run.toLowerCase().split(/[\s,-]+/u));
    return digits.length >= least ? digits : run;
  });
}

/** The digits of number words; "forty five" and "double two" belong together. */
function digitsOf(words: readonly string[]): string {
  let digits = "";
  let ten = 0;
  let repeat = 1;
  for (const word of words) {
    const one = ones.get(word);
    const single = one?.length === 1 ? Number(one) : 0;
    if (ten > 0 && single > 0) {
      digits += String(ten + single);
      ten = 0;
      continue;
    }
    if (ten > 0) digits += String(ten);
    ten = tens.get(word) ?? 0;
    digits += (one ?? (/^\d/u.test(word) ? word : "")).repeat(repeat);
    repeat = times.get(word) ?? 1;
  }
  return ten > 0 ? digits + String(ten) : digits;
}
