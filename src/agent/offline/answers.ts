import { clausesOf, withoutOpening } from "./clauses.ts";
import { matterIn, orderWishIn, type Matter } from "./matters.ts";
import { isMended, moveIn } from "./moves.ts";
import { lastOrderIn, orderIn, soleOrderIn } from "./order-numbers.ts";
import { plainWords } from "./plain.ts";
import type { Scene } from "./scene.ts";
import { deviceIn } from "./trouble.ts";
import type { OrderWish, Wish } from "./wish.ts";

const yes =
  /^(?:yes|yeah|yep|yup|sure|please do|do (?:that|it|so)|of course|ok|okay|correct|right|exactly|that(?:'s| is) (?:it|right|the one|correct)|it is|go ahead|please|absolutely|definitely|i (?:do|would|think so)|sounds good|good idea)\b/iu;
const no =
  /^(?:no+|nope|nah|not really|not now|don'?t|not yet|nothing|it(?:'s| is) not|it isn't|that(?:'s| is) not|i don't think so|rather not)\b/iu;
const notIt = /\b(?:not|isn't) (?:my order|mine|the right (?:one|order)|the one|that (?:one|order)|it)\W*$/iu;
const SHORT = 40;

/** What words mean after what we asked last, or in the middle of help; undefined when they stand for themselves. */
export function answerIn(clause: string, matter: Matter | undefined, scene: Scene): Wish | undefined {
  const pressed = /^\(pressed on the keypad\)\s*(\S+)/u.exec(clause)?.[1];
  if (pressed === "0") return { kind: "person", urgent: false };
  const orderId = soleOrderIn(clause);
  if (orderId !== undefined) return sameAbout(orderId, scene);
  if (pressed !== undefined) return undefined;
  const ofOrder = scene.topic?.kind === "order" || scene.topic?.kind === "missing";
  if (ofOrder && notIt.test(clause)) return { kind: "other order" };
  const elsewhere = matter?.sure === true && matter.wish.kind !== "device";
  if (elsewhere && scene.asked !== "problemWith") return undefined;
  const short = clause.length < SHORT;
  const answer = answerToQuestion(clause, matter, scene);
  if (answer !== undefined) return answer;
  const move = moveFor(clause, matter, scene);
  if (move !== undefined) return move;
  if (!short || withoutOpening(clause) !== "") return undefined;
  if (no.test(clause)) return { kind: "done" };
  return /^(?:yes|yeah|yep|yup|please|yes please)\W*$/iu.test(clause) ? { kind: "more" } : undefined;
}

function answerToQuestion(clause: string, matter: Matter | undefined, scene: Scene): Wish | undefined {
  const agrees = yes.test(clause) && clause.length < SHORT;
  const declines = no.test(clause) && clause.length < SHORT;
  switch (scene.asked) {
    case "colleague":
      if (agrees) return { kind: "person", urgent: false };
      return declines && matter === undefined ? { kind: "fine" } : undefined;
    case "thatOne": {
      const own = lastOrderIn(scene.reply);
      if (agrees && own !== undefined) return sameAbout(own, scene);
      return declines ? { kind: "other order" } : undefined;
    }
    case "lookUp":
      if (agrees) return { kind: "order", orderId: lastOrderIn(scene.reply), about: "status" };
      return declines ? { kind: "fine" } : undefined;
    case "whichOrder":
      if (
        /\b(?:don'?t|do not|no idea|not sure|haven'?t|lost|forgot|forgotten|cannot|can't)\b|^(?:no|nope)\W*$/iu.test(
          clause,
        )
      )
        return { kind: "question", text: "where to find the order number" };
      return orderOf(orderIn(clause, true), scene);
    case "whichDevice":
      if (isNothing(clause)) return { kind: "fine" };
      return matter?.wish.kind === "device" || matter === undefined || !matter.sure
        ? { kind: "device", device: deviceIn(clause) ?? "device", words: `${clause} does not work`, fault: true }
        : undefined;
    case "whatHappens":
      if (isNothing(clause)) return { kind: "fine" };
      return { kind: "device", device: deviceIn(clause) ?? deviceIn(scene.reply), words: clause, fault: true };
    case "problemWith":
      if (/\b(?:order|delivery|parcel|package)\b/iu.test(clause))
        return { kind: "order", orderId: orderIn(clause), about: "wrong" };
      return declines ? { kind: "fine" } : undefined;
    case "anythingElse":
    case "whatElse":
      if (agrees && withoutOpening(clause) === "" && !/^ok/iu.test(clause)) return { kind: "more" };
      return declines && withoutOpening(clause) === "" ? { kind: "done" } : undefined;
    case "helped":
    case undefined:
      return undefined;
  }
}

/** Whether somebody who is asked what is wrong says that nothing is. */
function isNothing(clause: string): boolean {
  return (no.test(clause) && withoutOpening(clause) === "") || /^(?:never ?mind|forget|nothing)\b/iu.test(clause);
}

/** A move among the steps of the help that the talk is about; also the good news, when it has gone on to something else. */
function moveFor(clause: string, matter: Matter | undefined, scene: Scene): Wish | undefined {
  const { trouble } = scene;
  if (trouble === undefined) return undefined;
  const device = deviceIn(clause);
  if (device !== undefined && device !== trouble.device && matter?.wish.kind === "device" && matter.wish.fault) {
    // A part of the device, or one that has a part in the step, is no other device.
    const inSteps = trouble.steps.some((step) => deviceIn(step) === device || step.toLowerCase().includes(device));
    if (!inSteps || /\bmy\b/iu.test(clause)) return undefined;
  }
  if (scene.topic?.kind !== "trouble") return isMended(clause) ? { kind: "step", move: "solved" } : undefined;
  const move = moveIn(clause, trouble);
  return move === undefined ? undefined : { kind: "step", move };
}

/** The same question about another order: what is corrected is the number. */
function sameAbout(orderId: string, scene: Scene): Wish {
  for (const line of scene.talk.past.toReversed()) {
    if (line.who !== "customer") continue;
    for (const clause of clausesOf(plainWords(line.text)).toReversed()) {
      if (soleOrderIn(clause) !== undefined) continue;
      const before = orderWishIn(clause);
      if (before !== undefined) return withOrder(before, orderId);
    }
  }
  return { kind: "order", orderId, about: "status" };
}

function orderOf(orderId: string | undefined, scene: Scene): Wish | undefined {
  return orderId === undefined ? undefined : sameAbout(orderId, scene);
}

function withOrder(wish: OrderWish, orderId: string): OrderWish {
  return wish.kind === "parcel" ? { ...wish, orderId, trackingNumber: undefined } : { ...wish, orderId };
}

/** Whether a clause holds nothing but an answer that another matter in the same message makes needless. */
export function isBareAnswer(clause: string): boolean {
  return withoutOpening(clause) === "" && matterIn(clause) === undefined;
}
