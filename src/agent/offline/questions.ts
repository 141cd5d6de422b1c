/** The questions the offline model asks back, by which it later knows what an answer refers to. */
export const questions = {
  colleague: "Shall I ask a colleague to help?",
  whichOrder: "Which order number is it?",
  whichDevice: "Which device is it, and what happens?",
  whatHappens: "What goes wrong?",
  problemWith: "Is it about an order, a bill or a device?",
  helped: "Did that help?",
  thatOne: "Is it that one?",
  lookUp: "Shall I look up how far it is?",
  anythingElse: "Is there anything else?",
  whatElse: "What can I do for you?",
} as const;

/** One of the questions. */
export type Asked = keyof typeof questions;

// What these questions were asked as in other words.
const variants: readonly (readonly [string, Asked])[] = [
  ["Which order do you mean?", "whichOrder"],
  ["Does it work now?", "helped"],
  ["Tell me whether it helped.", "helped"],
  ["What is it about?", "whatElse"],
];

/** The last of our questions in a reply; undefined when it asked nothing of this kind. */
export function askedIn(text: string): Asked | undefined {
  let last: Asked | undefined;
  let lastAt = -1;
  for (const [sentence, asked] of [...entries(), ...variants]) {
    const at = text.toLowerCase().lastIndexOf(sentence.toLowerCase());
    if (at <= lastAt) continue;
    lastAt = at;
    last = asked;
  }
  return last;
}

function entries(): readonly (readonly [string, Asked])[] {
  // The keys of a constant are known; the type of `Object.entries` does not keep them.
  return Object.entries(questions).map(([asked, sentence]) => [sentence, asked as Asked] as const);
}
