import type { SessionView } from "../../http/customer-views.ts";
import type { LibraryDesk } from "./desk.ts";
import { metadataOf, type SessionMetadata } from "./session-shape.ts";
import { findWhom } from "./whom.ts";

/** A customer's conversation as operators see it, with the figures. Times in it are ISO 8601. */
export interface CustomerView extends SessionView {
  readonly metadata: SessionMetadata;
}

/** As much of a conversation as one look shows. */
const SHOWN = 200;

/** A customer's conversation; undefined when nobody is called so. */
export async function readSession(desk: LibraryDesk, name: string): Promise<CustomerView | undefined> {
  const whom = await findWhom(desk, name);
  if (whom === undefined) return undefined;
  const { customers } = desk.platform;
  const view = await customers.session(whom, { limit: SHOWN });
  if (view === undefined) return undefined;
  const analytics = await customers.analytics(whom);
  return { ...view, metadata: metadataOf(analytics, Date.parse(view.startTime)) };
}
