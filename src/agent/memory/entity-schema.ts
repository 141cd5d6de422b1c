import { z } from "zod";
import { isKept } from "../../core/memory-edits.ts";
import type { MemoryValue } from "../../core/memory.ts";

/** JSON schema as strict mode takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What an agent wants noted of what customers tell. */
export interface EntitySchema {
  readonly names: readonly string[];
  /** The schema of one value, as far as every provider knows it. */
  jsonSchemaOf(name: string): JsonSchema;
  /** A value that fits its schema and can be kept whole; undefined for any other, and for a name that is not in the schema. */
  parse(name: string, value: unknown): MemoryValue | undefined;
}

/** Reads an agent's schema; without one, nothing is noted. */
export function entitySchemaOf(entities: z.ZodObject | undefined): EntitySchema {
  const shape = new Map<string, z.core.$ZodType>(Object.entries(entities?.shape ?? {}));
  return {
    names: [...shape.keys()],
    jsonSchemaOf: (name) => plainSchema(schemaOf(entities, name)),
    parse(name, value) {
      const own = shape.get(name);
      if (own === undefined || value === undefined || value === null) return undefined;
      const parsed = kept.safeParse(z.safeParse(own, value).data);
      return parsed.success && isKept(parsed.data) ? parsed.data : undefined;
    },
  };
}

/** The names of values that memory could not keep: neither text, number, yes or no, nor a list of texts. */
export function unkeptEntities(entities: z.ZodObject | undefined): readonly string[] {
  return Object.keys(entities?.shape ?? {}).filter((name) => !isScalar(schemaOf(entities, name)));
}

const kept = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

const scalars = new Set<unknown>(["string", "number", "integer", "boolean"]);

function isScalar(schema: JsonSchema): boolean {
  const { type, items, anyOf } = schema;
  if (type === "array") return isObject(items) && items["type"] === "string";
  if (Array.isArray(anyOf))
    return anyOf.every((each: unknown) => isObject(each) && (each["type"] === "null" || isScalar(each)));
  if (Array.isArray(type)) return type.every((each) => each === "null" || scalars.has(each));
  return scalars.has(type) || "const" in schema || "enum" in schema;
}

function schemaOf(entities: z.ZodObject | undefined, name: string): JsonSchema {
  if (entities === undefined) return {};
  // A value that JSON schema has no word for is described in words and checked by its own schema afterwards.
  const all = z.toJSONSchema(entities, { io: "input", unrepresentable: "any", override: asAnything }).properties ?? {};
  const schema = Object.hasOwn(all, name) ? all[name] : undefined;
  return typeof schema === "object" ? { ...schema } : {};
}

function asAnything({ jsonSchema }: { readonly jsonSchema: { type?: unknown } & object }): void {
  if (Object.keys(jsonSchema).every((key) => key === "description")) jsonSchema.type = "string";
}

const known = ["type", "description", "enum", "const"] as const;

/** Only what strict mode knows everywhere: no lengths, patterns and ranges; the value is checked by its own schema afterwards. */
function plainSchema(schema: JsonSchema): JsonSchema {
  const plain: Record<string, unknown> = {};
  for (const key of known) if (schema[key] !== undefined) plain[key] = schema[key];
  if (isObject(schema["items"])) plain["items"] = plainSchema(schema["items"]);
  const { anyOf } = schema;
  if (Array.isArray(anyOf))
    plain["anyOf"] = anyOf.flatMap((each: unknown) => (isObject(each) ? [plainSchema(each)] : []));
  return plain;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
