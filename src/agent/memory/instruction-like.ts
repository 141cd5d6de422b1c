const commands =
  /\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:rules?|instructions?|polic(?:y|ies)|prompts?|guidelines?|above|previous|everything)\b/iu;
const toTheAgent =
  /\b(?:you|the (?:ai|agent|assistant|bot|system|model|platform|shop|company|business)|agents?|assistants?|everyone|everybody|all customers|we|staff)\b[^.!?]{0,40}\b(?:must|should|shall|ought to|ha(?:s|ve) to|needs? to|always|never|may not|can(?:not|'t)|(?:is|are) (?:to|allowed|obliged|required|authori[sz]ed))\b/iu;
const orders =
  /^\W*(?:please )?(?:(?:always|never|don't|do not) )?(?:refund|pay|give|grant|send|approve|reveal|tell|treat|remember|pretend|act|make sure|ignore)\b/iu;
const powers =
  /\b(?:(?:an?|the|as|system) (?:admin(?:istrator)?|root|superuser)|developer mode|system (?:prompt|message)|jailbreak\w*|unlimited (?:refunds?|access|credit)|(?:pre-?)?(?:approved|authori[sz]ed|entitled|verified) (?:for|to|as)|full (?:access|refunds?)|without (?:approval|verification|asking|checking))\b/iu;

/**
 * Whether a sentence is an instruction to the agent, or claims rights, rather than tell something about the customer.
 * Such a thing is never taken out of a talk as a fact; what operators write down themselves is theirs to decide.
 */
export function isInstructionLike(content: string): boolean {
  const text = content.normalize("NFKC");
  return [commands, toTheAgent, orders, powers].some((pattern) => pattern.test(text));
}
