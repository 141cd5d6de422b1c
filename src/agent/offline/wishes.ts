import { againstRules } from "./against-rules.ts";
import { answerIn, isBareAnswer } from "./answers.ts";
import { clausesOf } from "./clauses.ts";
import { courtesyIn } from "./courtesies.ts";
import { followUpIn } from "./follow-ups.ts";
import { matterIn } from "./matters.ts";
import { nameIn } from "./names.ts";
import { gestureIn, plainWords, type Gesture } from "./plain.ts";
import type { Scene } from "./scene.ts";
import type { Wish } from "./wish.ts";

const MOST_WISHES = 3;

/** What the customer's words ask for, in their order, at most three things. */
export function wishesOf(words: string, scene: Scene): readonly Wish[] {
  const gesture = gestureIn(words);
  if (gesture !== undefined) return [gestured(gesture, scene)];
  const wishes: Wish[] = [];
  const clauses = clausesOf(plainWords(words));
  for (const clause of clauses) {
    const answered = wishes.some((wish) => !small.has(wish.kind));
    // "No. Where is my order?" asks one thing.
    if (isBareAnswer(clause) && (answered || clauses.some((other) => matterIn(other)?.sure === true))) continue;
    for (const wish of wishesIn(clause, scene)) if (!wishes.some((each) => isSame(each, wish))) wishes.push(wish);
  }
  const given = nameIn(words);
  if (given !== undefined && !wishes.some((wish) => wish.kind === "recall"))
    wishes.unshift({ kind: "name", name: given });
  const person = wishes.find((wish) => wish.kind === "person");
  if (person !== undefined) return [person];
  // A parcel is asked for together with its order; one answer covers both.
  const hasParcel = wishes.some((wish) => wish.kind === "parcel");
  const real = wishes.filter(
    (wish) =>
      !small.has(wish.kind) &&
      wish.kind !== "unclear" &&
      !(hasParcel && wish.kind === "order" && wish.about === "status"),
  );
  const opening = wishes.filter((wish) => opens.has(wish.kind)).slice(0, 1);
  // Help with a device goes on after the answer, so it comes last.
  const ordered = [...real.filter((wish) => !helps.has(wish.kind)), ...real.filter((wish) => helps.has(wish.kind))];
  if (real.length > 0) return [...opening, ...ordered].slice(0, MOST_WISHES);
  const courtesies = onlyNeeded(wishes).slice(0, MOST_WISHES);
  return courtesies.length > 0 ? courtesies : [{ kind: "unclear", text: words }];
}

/** Kinds that give way to a matter of business in the same message. */
const small = new Set<Wish["kind"]>([
  "greet",
  "thank",
  "praise",
  "leave",
  "well",
  "name",
  "fine",
  "done",
  "more",
  "wait",
  "sorry",
  "rules",
]);
/** Kinds of those that are said before it. */
const opens = new Set<Wish["kind"]>(["name", "sorry", "rules"]);

const helps = new Set<Wish["kind"]>(["device", "step"]);

function isSame(one: Wish, other: Wish): boolean {
  if (one.kind !== other.kind) return false;
  if ("about" in one && "about" in other) return one.about === other.about;
  return one.kind !== "question" || JSON.stringify(one) === JSON.stringify(other);
}

/** One courtesy is enough: a name is an answer to a greeting, and a goodbye to thanks; what is unclear comes last. */
function onlyNeeded(wishes: readonly Wish[]): readonly Wish[] {
  const kinds = new Set(wishes.map((wish) => wish.kind));
  return wishes.filter((wish) => {
    if (wish.kind === "greet") return kinds.size === 1;
    if (wish.kind === "thank") return !kinds.has("leave") && !kinds.has("done");
    if (wish.kind === "fine" || wish.kind === "done") return kinds.size === 1 || !kinds.has("thank");
    return (
      wish.kind !== "unclear" || [...kinds].every((kind) => kind === "unclear" || kind === "greet" || kind === "name")
    );
  });
}

function wishesIn(clause: string, scene: Scene): readonly Wish[] {
  const matter = matterIn(clause);
  const against = againstRules(clause, scene);
  if (against?.kind === "rules" && matter?.wish.kind === "bill") return [against, matter.wish];
  if (against !== undefined) return [against];
  const courtesy = courtesyIn(clause);
  const first = courtesy !== undefined && !yieldsTo(courtesy, scene) ? courtesy : answerIn(clause, matter, scene);
  if (first !== undefined || courtesy !== undefined) return [first ?? courtesy ?? { kind: "fine" }];
  const wanted = followUpIn(clause, matter, scene) ?? matter?.wish;
  if (upset.test(clause))
    return wanted === undefined || wanted.kind === "problem" ? [{ kind: "upset" }] : [{ kind: "sorry" }, wanted];
  if (wanted !== undefined) return [wanted];
  if (greeting.test(clause)) return [{ kind: "greet" }];
  if (nameIn(clause) !== undefined) return [];
  return [elsewhere.test(clause) ? { kind: "elsewhere" } : { kind: "unclear", text: clause }];
}

const greeting = /^(?:hi|hello|hey|yo|good (?:morning|afternoon|evening|day)|greetings|howdy)\b/iu;
const elsewhere =
  /\b(?:call|phone|ring|text|e-?mail|message|write) me\b|\bsend me (?:an? )?(?:e-?mail|text|sms|message)\b/iu;
const upset =
  /\b(?:ridiculous|unacceptable|furious|terrible|awful|angry|useless|worst|fed up|scam|fraud|stupid|idiots?|dumb|moron|fuck\w*|shit\w*|bullshit|crap|asshole|bastard|bitch|damn|hate (?:you|this|it)|suck(?:s|ed)?|shut up|pathetic|rubbish|garbage|disappoint\w*|frustrat\w*|annoy\w*|worthless|incompetent|joke of a)\b/iu;

/** What is said to somebody who is being helped step by step moves the steps, and "OK" answers a question, if they can. */
function yieldsTo(courtesy: Wish, { topic, asked }: Scene): boolean {
  if (topic?.kind === "trouble" && movable.has(courtesy.kind)) return true;
  const question = asked === "colleague" || asked === "thatOne" || asked === "lookUp" || asked === "whichOrder";
  return question && (courtesy.kind === "fine" || courtesy.kind === "stranger");
}

const movable = new Set<Wish["kind"]>(["fine", "wait", "again", "solved", "done"]);

function gestured(gesture: Gesture, scene: Scene): Wish {
  switch (gesture) {
    case "pleased":
      return { kind: "fine" };
    case "agreed":
      return answerIn("ok", undefined, scene) ?? { kind: "fine" };
    case "displeased":
      return scene.topic?.kind === "trouble" ? { kind: "step", move: "next" } : { kind: "upset" };
    case "puzzled":
      return scene.topic?.kind === "trouble" ? { kind: "step", move: "stay" } : { kind: "puzzled" };
    case "nothing":
      return scene.topic?.kind === "trouble" ? { kind: "step", move: "ready" } : { kind: "silent" };
  }
}
