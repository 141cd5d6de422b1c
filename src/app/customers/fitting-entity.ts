import { entitySchemaOf } from "../../agent/memory/entity-schema.ts";
import type { AgentRegistry } from "../../agent/registry.ts";
import type { SubjectRef } from "../../core/ids.ts";
import type { MemoryValue } from "../../core/memory.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { Tenants } from "../tenants.ts";

/** A value that a person would like to be remembered under a name. */
export interface NamedValue {
  readonly name: string;
  readonly value: MemoryValue;
}

/** A value as a customer's agent has it in its schema; undefined when it does not fit. */
export type FittingEntity = (who: SubjectRef, entity: NamedValue) => Promise<MemoryValue | undefined>;

/** Checks values as those are checked that a model notes; an agent without a schema takes everything. */
export function fittingEntity(parts: {
  readonly ledger: Pick<Ledger, "subjects">;
  readonly tenants: Pick<Tenants, "agentFor">;
  readonly registry: AgentRegistry;
}): FittingEntity {
  const { ledger, tenants, registry } = parts;
  return async (who, { name, value }) => {
    const subject = await ledger.subjects.get(who);
    const agent = tenants.agentFor(who.tenant, subject?.ours);
    const { entities } = await (agent === undefined ? registry.getDefault() : registry.get(agent));
    return entities === undefined ? value : entitySchemaOf(entities).parse(name, value);
  };
}
