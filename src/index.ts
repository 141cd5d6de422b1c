/** The public API: what an embedding program, an agent or a tool needs. */
export { defineAgent, type AgentDefinition } from "./agent/define-agent.ts";
export { defineTool, type ToolDefinition, type ToolTurn } from "./agent/define-tool.ts";
export type { AgentsConfig } from "./agent/agents-config.ts";
export { createApp, type App, type Overrides } from "./app/context.ts";
export { configFrom, loadConfig, type Config } from "./app/config.ts";
export { defineConfig, type ContinuoConfig, type TenantChatConfig, type TenantConfig } from "./app/continuo-config.ts";
export { registerResolver, resolverNamed } from "./app/identity/resolvers.ts";
export { ContinuoError, type ErrorCode } from "./core/errors.ts";
export type { DomainEvent, EventName, RecordedEvent } from "./core/events.ts";
export type { Entry, Item } from "./core/item.ts";
export type { MemoryValue } from "./core/memory.ts";
export type { Clock } from "./core/ports/clock.ts";
export type { Commerce, Customer, Order, Shipment } from "./core/ports/commerce.ts";
export type { ConversationStore } from "./core/ports/store.ts";
export type { Ledger } from "./core/ports/ledger.ts";
export type { Resolved, ResolveRequest, Resolver } from "./core/ports/resolver.ts";
export type { Responder } from "./core/ports/responder.ts";
