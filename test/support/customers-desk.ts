import { openCustomers, type Customers } from "../../src/app/customers/customers.ts";
import { openCounting } from "../../src/app/loops/counting.ts";
import type { TenantSettings } from "../../src/app/tenants.ts";
import type { SubjectId, TenantId } from "../../src/core/ids.ts";
import type { ConversationStore } from "../../src/core/ports/store.ts";
import { clocks, tenant } from "../../src/testing/ledger/stage.ts";
import type { People } from "./people.ts";

/** What operators do, over a ledger and a store of their own, and what came of it elsewhere. */
export interface CustomersDesk {
  readonly customers: Customers;
  readonly hungUp: readonly SubjectId[];
  /** Ids of conversations that were to be deleted elsewhere. */
  readonly remote: readonly string[];
  readonly closed: readonly SubjectId[];
}

/** A tenant that differs from the default in what is given. */
export function tenantOf(change: Partial<TenantSettings> = {}): TenantSettings {
  return {
    id: tenant,
    name: "Acme",
    agent: undefined,
    numbers: [],
    defaultCountry: "US",
    session: clocks,
    retentionDays: 30,
    windowTurns: 20,
    limits: { perMinute: 0, perDay: 0 },
    resolver: "phone",
    personalGreeting: true,
    notices: { limited: "", help: "", surveyThanks: "" },
    chat: undefined,
    ...change,
  };
}

/** Opens the desk of one tenant. */
export function openCustomersDesk(
  people: People,
  options: { readonly settings?: Partial<TenantSettings>; readonly store?: ConversationStore } = {},
): CustomersDesk {
  const { ledger, clock, identity } = people;
  const settings = tenantOf(options.settings);
  const counting = openCounting(ledger);
  const hungUp: SubjectId[] = [];
  const remote: string[] = [];
  const closed: SubjectId[] = [];
  const customers = openCustomers({
    ledger,
    store: options.store ?? people.store,
    clock,
    identity,
    tenants: {
      of: (id: string) => (id === settings.id ? settings : undefined),
      list: () => [settings],
      default: settings,
    },
    fittingEntity: async (_who, { value }) => value,
    catchUp: () => counting.catchUp(),
    async forgetRemote(_tenant: TenantId, ids) {
      remote.push(...ids);
      return { deleted: ids.length, queued: 0 };
    },
    hangUp: (subjectId) => hungUp.push(subjectId),
    onCommit: () => undefined,
    onClosed: ({ subjectId }) => closed.push(subjectId),
  });
  return { customers, hungUp, remote, closed };
}
