/** Everything the widget says by itself. */
export const texts = {
  open: "Open chat",
  close: "Close chat",
  back: "Back to the chat",
  chat: "Chat",
  title: "Chat with us",
  greeting: "Hi, how can we help you today?",
  disclosure: "An AI assistant answers here. It can be wrong, and you can ask for a person at any time.",
  assistant: "AI assistant",
  waiting: "A person was asked to join you",
  person: "You are talking with a person",
  messages: "Messages",
  message: "Message",
  write: "Write a message",
  send: "Send",
  you: "You",
  operator: "Our team",
  writing: "The assistant is writing",
  sending: "Sending",
  unsent: "Not sent",
  again: "Try again",
  earlier: "Show earlier messages",
  lost: "Connection lost. Trying again …",
  failed: "This did not work. Try again in a moment.",
  offline: "No connection. Check your network and try again.",
  today: "Today",
  yesterday: "Yesterday",
  channels: { sms: "Text message", whatsapp: "WhatsApp", voice: "Phone call", web: "" },
  prove: "Continue from your phone",
  proveWhy:
    "We text a code to your number. Once you enter it here, this chat, your texts and your calls are one conversation.",
  phone: "Mobile number",
  phoneHint: "Start with + and your country code, for example +1 415 555 0100.",
  textMe: "Text me a code",
  enterCode: "Enter your code",
  code: "6-digit code",
  confirm: "Confirm",
  newCode: "Send a new code",
  otherNumber: "Use another number",
  newChat: "Start a new chat",
  proven: "Your number is confirmed. This chat, your texts and your calls are one conversation now.",
  badNumber: "We cannot text this number. Check it, and start with + and your country code.",
  unavailable: "We cannot text codes at the moment. Please go on here.",
  belongs: "This chat belongs to another number already. To use this one, start a new chat.",
  refusals: {
    wrong: "That is not the code. Check the text message and type it again.",
    expired: "This code is too old. Send a new one.",
    spent: "This code was used already. Send a new one.",
    too_many: "That was wrong too often. Send a new code.",
    busy: "Your code is right. We are just finishing a reply: confirm again in a moment.",
  },
};

/**
 * How many attachments came along.
 * @param {number} count
 */
export function attachments(count) {
  return count === 1 ? "1 attachment" : `${count} attachments`;
}

/**
 * What the button that opens the chat is called.
 * @param {number} unread
 */
export function openLabel(unread) {
  if (unread === 0) return texts.open;
  return `${texts.open}, ${unread} new ${unread === 1 ? "message" : "messages"}`;
}

/**
 * Where a code was sent to.
 * @param {string} phone
 */
export function codeSent(phone) {
  return `We texted it to ${phone}. It works for 10 minutes. If nothing arrives, check the number; if you once replied STOP to us, text START first.`;
}

/**
 * When codes may be asked for again.
 * @param {number} seconds
 */
export function tooManyCodes(seconds) {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  return `Too many codes were sent. Try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`;
}
