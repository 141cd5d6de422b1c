import { knownName } from "./names.ts";
import type { Scene } from "./scene.ts";
import { deviceIn } from "./trouble.ts";
import type { Wish } from "./wish.ts";

/** Who wants our rules broken or told, or what belongs to others, is told that neither is done; undefined for anybody else. */
export function againstRules(clause: string, scene: Scene): Wish | undefined {
  if (rules.test(clause)) return { kind: "rules" };
  return others.test(clause) || namesAnother(clause, scene) ? { kind: "others" } : undefined;
}

const rules =
  /\b(?:ignore|forget|disregard|override|bypass|break)\b.{0,30}\b(?:rules?|instructions?|prompts?|guidelines?|polic(?:y|ies)|training|everything)\b|\byou are now\b|\b(?:pretend|act|behave|roleplay|role-play) (?:to be|as|like|that you)\b|\b(?:system|hidden|initial|secret) (?:prompt|message|instructions?)\b|\byour (?:own )?(?:instructions|rules|prompt|guidelines)\b|\b(?:developer|debug|admin|god) mode\b|\bjailbreak|^\W*(?:system|assistant|developer|admin)\W*:/iu;
const others =
  /\b(?:other|another|all|every|each|any|different) (?:customers?|users?|clients?|people)(?:'s|s')?\b|\b(?:someone|somebody|anyone|anybody) else's\b|\bmy (?:wife|husband|mother|mom|father|dad|son|daughter|friend|brother|sister|boss|neighbou?r|girlfriend|boyfriend|partner|colleague)'s\b|\bwhose order\b|\bwho does (?:it|that|this) belong\b/iu;

/** Whether something is asked for that belongs to somebody else, by name. */
function namesAnother(clause: string, scene: Scene): boolean {
  const owner =
    /\b(\p{L}{2,})'s (?:\w+ )?(?:orders?|parcel|package|address|account|phone|number|data|details)\b/iu.exec(clause) ??
    /\b(?:orders?|parcel|package|address|account|details|data) (?:of|for|from|by|belonging to) (\p{Lu}\p{Ll}+)\b/u.exec(
      clause,
    );
  const name = owner?.[1]?.toLowerCase();
  if (name === undefined || noNames.has(name) || deviceIn(name) !== undefined) return false;
  return !(knownName(scene)?.toLowerCase().split(" ") ?? []).includes(name);
}

/** What has an apostrophe and is nobody. */
const noNames = new Set(
  "what where that it who how when let there here he she your my the this today yesterday company shop store northwind order parcel ups please".split(
    " ",
  ),
);
