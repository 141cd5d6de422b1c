import { expect } from "vitest";
import type { ApiKey } from "../../core/ports/keys.ts";
import { tenant, type Stage } from "./stage.ts";

/** What keeping secrets and keys must do. */
export function keyContract({ ledger, fresh, test }: Stage): void {
  test("a secret is made once, and is another for every name", async () => {
    const [first, again, other] = await Promise.all([
      ledger().secrets.get("one"),
      ledger().secrets.get("one"),
      ledger().secrets.get("two"),
    ]);
    expect(first).toMatch(/^[\w-]{43}$/u);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(await ledger().secrets.get("one")).toBe(first);
  });

  test("the first key is kept, and none beside it", async () => {
    const own = await fresh();
    expect(await own.apiKeys.list()).toEqual([]);
    const first: ApiKey = { name: "first", role: "admin", tenant: undefined, hash: "a".repeat(64) };
    const second: ApiKey = { name: "second", role: "viewer", tenant, hash: "b".repeat(64) };
    expect(await Promise.all([own.apiKeys.addFirst(first), own.apiKeys.addFirst(second)])).toEqual([true, false]);
    expect(await own.apiKeys.addFirst(first)).toBe(false);
    expect(await own.apiKeys.list()).toEqual([first]);
  });

  test("a key of one tenant says so", async () => {
    const own = await fresh();
    const key: ApiKey = { name: "viewer", role: "viewer", tenant, hash: "c".repeat(64) };
    await own.apiKeys.addFirst(key);
    expect(await own.apiKeys.list()).toEqual([key]);
  });
}
