import type { Talk } from "./talk.ts";

// How the window tells of what came along with a message.
const mark = /\n?\(\d+ attachments? came along, [^\n]*, which cannot be opened here\)/gu;

/** A talk without the remarks on attachments, and whether one came with the words to answer. */
export function withoutAttachments(talk: Talk): { readonly talk: Talk; readonly attached: boolean } {
  const words = bare(talk.words);
  const past = talk.past.map((line) => (line.who === "customer" ? { ...line, text: bare(line.text) } : line));
  return { talk: { ...talk, past, words }, attached: words !== talk.words };
}

/** What is said of an attachment, before the answer to the words. */
export const notOpened = "I cannot open pictures or other files here.";

/** What is said when nothing but an attachment came. */
export const onlyAttachment = `${notOpened} Please tell me in words what I can do for you.`;

function bare(text: string): string {
  return text.replace(mark, "").trim();
}
