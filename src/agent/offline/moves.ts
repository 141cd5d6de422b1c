import type { Trouble } from "./trouble.ts";

/** Where to go among the steps: `stay` says the step again, `explain` says that there is no more to say of it, `ready` waits for the customer, `leave` ends the help. */
export type Move =
  | "next"
  | "back"
  | "first"
  | "stay"
  | "ready"
  | "leave"
  | "solved"
  | "explain"
  | { readonly step: number };

/** What words mean while somebody is being helped step by step; undefined when they are about something else. */
export function moveIn(clause: string, trouble: Trouble): Move | undefined {
  if (
    /\b(?:start(?:ing)? (?:all )?over|(?:start|begin) (?:again|anew|from)|from the (?:start|beginning|top)|restart the steps)\b/iu.test(
      clause,
    )
  )
    return "first";
  const named = stepIn(clause, trouble);
  if (named !== undefined) return named;
  if (
    /^\W*(?:go(?:ing)? )?back(?: (?:a|one)(?: step)?| please)?\W*$|\b(?:go back|previous|one back|step back|the (?:one|step) before)\b/iu.test(
      clause,
    )
  )
    return "back";
  if (
    /^\W*(?:please )?(?:stop|quit|exit|cancel|enough)\W*$|\b(?:forget (?:it|about it)|never ?mind|give up|leave it|stop (?:it|this|that|the steps)|no more(?: steps)?)\b/iu.test(
      clause,
    )
  )
    return "leave";
  if (isMended(clause)) return "solved";
  if (/\bwhat do you mean\b|\b(?:don't|do not) (?:understand|get it)\b/iu.test(clause)) return "explain";
  if (
    /^\W*again\b|\b(?:say|tell|read|what|how|which)\b.*\bagain\b|\b(?:repeat|once more|slower|didn't (?:hear|catch|get) (?:that|you|it)|pardon|come again)\b|^\W*(?:(?:sorry|what|huh|eh|hm+|pardon|excuse me)\W*)+$/iu.test(
      clause,
    ) &&
    !badly.test(clause.replace("didn't", ""))
  )
    return "stay";
  if (asks.test(clause)) {
    return /\b(?:what(?:'s| is| comes)?|and|then|now) (?:next|now|then|else)\b|\bwhat (?:else|should i do|do i do|can i do)\b/iu.test(
      clause,
    )
      ? "next"
      : isOfStep(clause, trouble)
        ? "explain"
        : undefined;
  }
  if (/^\W*(?:(?:now|and|then|what) )*(?:what|next|then|else)\b/iu.test(clause)) return "next";
  if (badly.test(clause) || tried.test(clause)) return "next";
  if (ready.test(clause)) return "ready";
  return /^(?:yes|yeah|yep|yup|it did|it does|it helped)\b/iu.test(clause) ? "solved" : undefined;
}

/** Whether a question is about the step: a short one, one that speaks of "it", or one with a word of the steps. */
function isOfStep(clause: string, trouble: Trouble): boolean {
  const words = clause.toLowerCase().match(/\p{L}+/gu) ?? [];
  const steps = trouble.steps.join(" ").toLowerCase();
  const telling = words.filter(
    (word) =>
      word.length > 3 &&
      !/^(?:what|when|where|which|does|have|should|would|could|that|this|with|your|open|call|long)$/u.test(word),
  );
  return (
    words.length <= 3 ||
    /\b(?:it|that|this|them|these|they)\b/iu.test(clause) ||
    telling.some((word) => steps.includes(word))
  );
}

/** Whether the words say that it works again. */
export function isMended(clause: string): boolean {
  return works.test(clause) && !badly.test(clause) && !/\?\s*$|\b(?:if|whether|until|should|how|does)\b/iu.test(clause);
}

/** Whether the words say that something does not work. */
export function isBad(clause: string): boolean {
  return badly.test(clause);
}

const works =
  /\b(?:works?(?: now| again| fine)?|worked|working(?: now| again)?|fixed|solved|mended|repaired|(?:it|that|this) (?:helped|did it|did the trick)|all good|back (?:on|to normal|again)|(?:it|they)(?:'s| is|'re| are) (?:back|on|alive|ok|okay|fine|good|charging|connected|lighting up)(?: now| again)?|turned on|came on|no (?:more )?problems? (?:any ?more|now))\b/iu;
const badly =
  /\b(?:not|\w+n't|cannot|still|no|nope|nah|nothing|never|same|dead|fail(?:s|ed)?|broken|useless|worse|without|neither|only)\b/iu;
const tried =
  /\b(?:already|did|done|tried|finished|checked|restarted|rebooted|reset|unplugged|replugged|charged|cleaned|moved|pressed|switched|replaced|updated|installed|deleted|re-?paired|(?:i have|i've)(?! (?:an?|got)\b)|skip|next|continue|go on|carry on|can't|unable|don't have)\b/iu;
const asks =
  /\?\s*$|^(?:why|how|where|which|what|who|when|does|do|is|are|can|could|should|will)\b|\b(?:don't|do not) (?:understand|get it|know (?:how|where|which|what))\b|\bnot sure (?:how|where|which|what)\b/iu;
const ready =
  /^(?:ok(?:ay)?|k|alright|all right|sure|fine|will do|got it|understood|one (?:moment|second|sec|minute)|just a (?:moment|second|sec|minute)|wait|hold on|hang on|let me|i'll|i will|i am|i'm|trying|give me|doing|mhm|uh-?huh|aha|i see|great|good|cool|nice|perfect)\b/iu;

const ordinals = ["first", "second", "third", "fourth", "fifth"];
const cardinals = ["one", "two", "three", "four", "five"];

/** A step that is named by its number. Who says that it was tried wants the one after it. */
function stepIn(clause: string, trouble: Trouble): Move | undefined {
  const named =
    /\bsteps? (?:number )?(\d{1,2}|one|two|three|four|five)\b/iu.exec(clause)?.[1] ??
    /\b(first|second|third|fourth|fifth|last) (?:step|one|thing)\b/iu.exec(clause)?.[1];
  if (named === undefined) return undefined;
  const word = named.toLowerCase();
  const index = Math.max(ordinals.indexOf(word), cardinals.indexOf(word));
  const step = word === "last" ? trouble.at : index >= 0 ? index + 1 : Number(word);
  if (step < 1 || step > trouble.steps.length) return "stay";
  if (step === trouble.at && (badly.test(clause) || tried.test(clause)) && !asks.test(clause)) return "next";
  return { step };
}
