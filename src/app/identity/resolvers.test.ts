import { describe, expect, test } from "vitest";
import type { Resolved } from "../../core/ports/resolver.ts";
import { openResolvers, registerResolver, resolverNamed } from "./resolvers.ts";

const crm = { baseUrl: "http://127.0.0.1:9", apiKey: undefined };

describe("resolvers by name", () => {
  test("are those that were registered, the last one under each name", () => {
    registerResolver("loyalty", knowsNobody);
    registerResolver("loyalty", knowsOne);
    expect(resolverNamed("loyalty")).toBe(knowsOne);
    expect(openResolvers(["loyalty"], { crm: undefined }).named("loyalty")).toEqual({ name: "loyalty", ask: knowsOne });
  });

  test("a registered crm is asked instead of the built-in one", () => {
    expect(openResolvers(["crm"], { crm }).named("crm")?.ask).toBeTypeOf("function");
    registerResolver("crm", knowsNobody);
    expect(openResolvers(["crm"], { crm }).named("crm")?.ask).toBe(knowsNobody);
    expect(openResolvers(["crm"], { crm: undefined }).named("crm")?.ask).toBe(knowsNobody);
  });

  test("phone asks nobody, and no other can be registered under its name", () => {
    expect(openResolvers(["phone"], { crm }).named("phone")).toBeUndefined();
    expect(() => {
      registerResolver("phone", knowsNobody);
    }).toThrow("asks nobody");
  });

  test.each([["CRM"], ["../crm"], ["a:b"], [""], ["a".repeat(65)]])("none can be registered as %j", (name) => {
    expect(() => {
      registerResolver(name, knowsNobody);
    }).toThrow("config_invalid");
  });

  test("one that is configured and not there stops the start, and says what to do", () => {
    expect(() => openResolvers(["phone", "salesforce", "salesforce", "hubspot"], { crm })).toThrow(
      /^config_invalid: The resolver salesforce is not registered.*registerResolver\("salesforce", …\).*SUBJECT_RESOLVER=phone\. The resolver hubspot/u,
    );
  });
});

async function knowsNobody(): Promise<undefined> {}

async function knowsOne(): Promise<Resolved> {
  return { id: "42" };
}
