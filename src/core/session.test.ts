import fc from "fast-check";
import { expect, test } from "vitest";
import { nextSession, sessionCauses, sessionState, sessionStates, type SessionState } from "./session.ts";

const state = fc.constantFrom(...sessionStates);
const cause = fc.constantFrom(...sessionCauses);
const clock = fc.constantFrom("idle_timeout" as const, "close_timeout" as const);

test("every cause leads from every state to a state, or to a new session", () => {
  fc.assert(
    fc.property(state, cause, (from, why) => {
      expect([...sessionStates, "REOPEN"]).toContain(nextSession(from, why));
    }),
  );
});

test("only what the customer says makes a new session, and only of one that is closed", () => {
  fc.assert(
    fc.property(state, cause, (from, why) => {
      expect(nextSession(from, why) === "REOPEN").toBe(from === "CLOSED" && why === "message");
    }),
  );
});

test("a closed session is left only by the customer's words and by the need for a person", () => {
  fc.assert(
    fc.property(cause, (why) => {
      const left = nextSession("CLOSED", why) !== "CLOSED";
      expect(left).toBe(why === "message" || why === "escalated");
    }),
  );
});

test("whoever waits for a person is not dropped by any clock", () => {
  fc.assert(
    fc.property(fc.array(clock), (clocks) => {
      expect(clocks.reduce(step, "WAITING_AGENT")).toBe("WAITING_AGENT");
    }),
  );
});

test("whoever waits for a person waits through everything but a person and an end", () => {
  const ends = new Set(["operator_answered", "closed", "merged"]);
  fc.assert(
    fc.property(fc.array(cause.filter((why) => !ends.has(why))), (causes) => {
      expect(causes.reduce(step, "WAITING_AGENT")).toBe("WAITING_AGENT");
    }),
  );
});

test("every state can be reached from a new session, and from every other state", () => {
  for (const from of sessionStates) expect(reachable(from)).toEqual(new Set(sessionStates));
});

test("a silence closes a session in two steps, and a word in between brings it back", () => {
  fc.assert(
    fc.property(fc.constantFrom("NEW" as const, "ACTIVE" as const), (from) => {
      expect(nextSession(from, "idle_timeout")).toBe("IDLE");
      expect(nextSession(from, "close_timeout")).toBe(from);
      expect(nextSession("IDLE", "close_timeout")).toBe("CLOSED");
      expect(nextSession("IDLE", "message")).toBe("ACTIVE");
    }),
  );
});

test("a state is read from its own word only", () => {
  for (const word of sessionStates) expect(sessionState(word)).toBe(word);
  for (const word of ["", "active", "REOPEN", "toString"]) expect(sessionState(word)).toBeUndefined();
});

/** What a conversation's session is after one more cause; a new session takes the place of one that is over. */
function step(from: SessionState, why: (typeof sessionCauses)[number]): SessionState {
  const to = nextSession(from, why);
  return to === "REOPEN" ? "NEW" : to;
}

function reachable(from: SessionState): ReadonlySet<SessionState> {
  const found = new Set<SessionState>([from]);
  for (const reached of found) for (const why of sessionCauses) found.add(step(reached, why));
  return found;
}
