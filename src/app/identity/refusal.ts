/** Why two subjects were not brought together or taken apart. */
export interface Refusal {
  readonly kind: "refused";
  /** `busy` passes: whoever asks again in a few seconds may be luckier. */
  readonly why: "itself" | "already" | "not_found" | "busy" | "superseded";
  /** The same in a sentence for whoever asked. */
  readonly sentence: string;
}

/** A refusal to merge. Somebody of another tenant is as unknown as somebody who is not there. */
export function mergeRefusal(why: "itself" | "already" | "other_tenant" | "unknown" | "busy"): Refusal {
  switch (why) {
    case "itself":
      return refusal(why, "A customer cannot be merged with themselves.");
    case "already":
      return refusal(why, "The two are one customer already.");
    case "busy":
      return refusal(why, "One of the two is being answered or on the phone just now. Try again in a few seconds.");
    case "unknown":
    case "other_tenant":
      return refusal("not_found", "One of the two customers is not known.");
  }
}

/** A refusal to split. */
export function splitRefusal(why: "unknown" | "already" | "busy" | "superseded"): Refusal {
  switch (why) {
    case "unknown":
      return refusal("not_found", "There is no such merge.");
    case "already":
      return refusal(why, "This merge was taken back already.");
    case "busy":
      return refusal(why, "The customer is being answered or on the phone just now. Try again in a few seconds.");
    case "superseded":
      return refusal(why, "The customer has become part of another one since. Take that merge back first.");
  }
}

function refusal(why: Refusal["why"], sentence: string): Refusal {
  return { kind: "refused", why, sentence };
}
