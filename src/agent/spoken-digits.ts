const ones = new Map<string, string>(
  Object.entries({
    zero: "0", oh: "0", o: "0", nought: "0", nil: "0", one: "1", two: "2", three: "3", four: "4", five: "5", six: "6", seven: "7",
    eight: "8", nine: "9", ten: "10", eleven: "11", twelve: "12", thirteen: "13", fourteen: "14", fifteen: "15", sixteen: "16",
    seventeen: "17", eighteen: "18", nineteen: "19",
  }),
);
const tens = new Map<string, number>(
  Object.entries({ twenty: 20, thirty: 30, forty: 40, fourty: 40, fifty: 50, sixty: 60, seventy: 70, eighty: 80, ninety: 90 }),
);
const times = new Map<string, number>(Object.entries({ double: 2, triple: 3 }));

/**
 * Writes spoken numbers as digits: "one two three" and "1 2 3" become `123`, "twelve three forty-five" `12345`, "double
 * five" `55`. Only runs of at least `least` digits are joined, so that "one of two" stays as it is.
 */
export function withSpokenDigits(text: string, least = 3): string {
  const words = text.split(/(\s+|-(?=[a-z]))/iu);
  let out = "";
  let digits = "";
  let raw = "";
  let gap = "";
  function flush(): void {
    out += digits.length >= least ? digits : raw;
    out += gap;
    digits = "";
    raw = "";
    gap = "";
  }
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (/^(\s+|-)$/u.test(word)) {
      gap += word;
      continue;
    }
    const read = readNumber(words, index);
    if (read === undefined) {
      flush();
      out += word;
      continue;
    }
    raw += gap + words.slice(index, read.next).join("");
    gap = "";
    digits += read.digits;
    index = read.next - 1;
    if (read.ends) flush();
  }
  flush();
  return out;
}

/** Reads one number word, or two that belong together, such as "forty five" and "double two". */
function readNumber(words: readonly string[], index: number): { digits: string; next: number; ends: boolean } | undefined {
  const word = bare(words[index]);
  const ends = /[.!?;:]$/u.test(words[index] ?? "");
  if (/^\d{1,12}$/u.test(word)) return { digits: word, next: index + 1, ends };
  const one = ones.get(word);
  if (one !== undefined) return { digits: one, next: index + 1, ends };
  const following = ones.get(bare(words[index + 2]));
  const ten = tens.get(word);
  if (ten !== undefined) {
    const joins = following !== undefined && following.length === 1 && following !== "0" && !ends;
    return joins ? { digits: String(ten + Number(following)), next: index + 3, ends: false } : { digits: String(ten), next: index + 1, ends };
  }
  const repeat = times.get(word);
  if (repeat !== undefined && following?.length === 1) return { digits: following.repeat(repeat), next: index + 3, ends: false };
  return undefined;
}

function bare(word: string | undefined): string {
  return (word ?? "").toLowerCase().replace(/[.,!?;:]+$/u, "");
}
