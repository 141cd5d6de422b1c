/** What is said without a model, in one place. */
export const sentences = {
  /** To somebody over the rate limit, once per window. */
  limited:
    "You are sending messages faster than we can answer. We have kept them and will answer together with your next one in a little while.",
  /** To HELP, where the carrier does not answer it itself. */
  help: "You are writing with our automated support line. Tell us what you need, ask for a person at any time, or reply STOP to stop messages.",
  /** To somebody who dialled or texted a number that nobody serves. */
  unserved: "This number is not in service. Please check the number and try again.",
  /** The survey's one question, after a session was closed, where a tenant has no other. */
  survey: "How satisfied are you with our help, from 1 (not at all) to 5 (very)? Reply with one digit.",
  /** To an answer to the survey. */
  surveyThanks: "Thank you for telling us.",
  /** When no model answers and an agent has no apology of its own. */
  apology: "I am sorry, I cannot answer properly right now. A colleague will look at your message.",
  /** What the model is told of an act whose ending nobody knows. */
  unknownAct: JSON.stringify({
    status: "unknown",
    note: "It is not known whether this was done. A person will check. Tell the customer exactly that, and do not try again.",
  }),
} as const;
