/** The questions the offline model asks back, by which it later knows what an answer refers to. */
export const questions = {
  colleague: "Shall I ask a colleague to help?",
  whichOrder: "Which order number is it?",
  whichDevice: "Which device is it, and what happens?",
  helped: "Did that help?",
  thatOne: "Is it that one?",
} as const;

/** What the agent's last words asked; undefined when they asked nothing of this kind. */
export function askedIn(text: string): keyof typeof questions | undefined {
  if (/shall i ask a colleague/iu.test(text)) return "colleague";
  if (text.includes(questions.thatOne)) return "thatOne";
  if (text.includes(questions.helped) || text.includes("Does it work now?")) return "helped";
  if (/which order/iu.test(text)) return "whichOrder";
  return text.includes(questions.whichDevice) ? "whichDevice" : undefined;
}
