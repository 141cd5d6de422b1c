import type { Move } from "./moves.ts";

/** One thing the customer wants. */
export type Wish =
  | { readonly kind: Courtesy }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "recall"; readonly what: "words" | "order" | "name" }
  | { readonly kind: "again"; readonly how: "go on" | "repeat" }
  | OrderWish
  | { readonly kind: "device"; readonly device: string | undefined; readonly words: string; readonly fault: boolean }
  /** A move among the steps of the help that is under way. */
  | { readonly kind: "step"; readonly move: Move }
  /** A question for the articles; `within` one of them when it goes on about that. */
  | { readonly kind: "question"; readonly text: string; readonly within?: string }
  | { readonly kind: "person"; readonly urgent: boolean }
  | { readonly kind: "unclear"; readonly text: string };

/** What is wanted of one order. */
export type OrderWish =
  | {
      readonly kind: "order";
      readonly orderId: string | undefined;
      readonly about: "status" | "contents" | "change" | "placed" | "wrong";
    }
  | {
      readonly kind: "parcel";
      readonly orderId: string | undefined;
      readonly trackingNumber: string | undefined;
      readonly about: "where" | "when" | "number";
    }
  | { readonly kind: "bill"; readonly orderId: string | undefined; readonly question: string };

/** What needs no more than a sentence. */
export type Courtesy =
  | "greet"
  | "thank"
  | "praise"
  | "leave"
  | "who"
  | "abilities"
  | "wait"
  | "well"
  | "fine"
  /** Nothing more is wanted. */
  | "done"
  /** Something more is wanted, and not yet said what. */
  | "more"
  /** Another order than the one we named. */
  | "other order"
  | "orders"
  | "solved"
  /** A message without words, or one that only asks. */
  | "silent"
  | "puzzled"
  | "misunderstood"
  /** A short question that could be about anything. */
  | "about what"
  | "why"
  | "how soon"
  | "problem"
  /** Somebody who has bought nothing. */
  | "stranger"
  /** Somebody who wants our rules broken or told. */
  | "rules"
  /** Somebody who wants to be written to or called in another way. */
  | "elsewhere"
  /** Somebody who asks for what belongs to others. */
  | "others"
  | "sorry"
  | "upset";
