/** The public API: what an embedding program, an agent or a tool needs. */
export { defineAgent, type AgentDefinition } from "./agent/define-agent.ts";
export { defineTool, type ToolDefinition, type ToolTurn } from "./agent/define-tool.ts";
export type { AgentsConfig, LocatedAgents } from "./agent/agents-config.ts";
export { createApp, type App, type Overrides } from "./app/context.ts";
export {
  createContinuo,
  type Continuo,
  type ContinuoEvent,
  type ContinuoOptions,
  type ContinuoTenant,
  type ConversationSession,
  type CustomerSessions,
  type CustomerView,
  type Deliver,
  type FactView,
  type HistoryLine,
  type IdentityChange,
  type InfoUpdate,
  type MergeView,
  type MessageChannel,
  type MessageOptions,
  type MessageOutcome,
  type NewMessage,
  type OnEvent,
  type OutgoingText,
  type ProcessedMessage,
  type ProcessMessage,
  type Receipt,
  type RunWorkflow,
  type SessionMessage,
  type SessionMetadata,
  type SessionOrName,
  type SessionSummary,
  type SessionUpdate,
  type TalkingAgent,
  type TalkingAgents,
  type WorkflowInput,
  type WorkflowOutput,
} from "./app/library.ts";
export type { FilteredTurn, HistoryFilter } from "./app/history-filter.ts";
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
export type { SessionState } from "./core/session.ts";
export type { WindowItem } from "./core/window.ts";
