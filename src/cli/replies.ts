import { z } from "zod";
import { realTime } from "../simulator/time.ts";

/** Whose texts are looked for, and where. */
export interface RepliesWanted {
  readonly twilioUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly number: string;
  readonly onReply: (body: string) => void;
}

const page = z.object({ messages: z.array(z.object({ sid: z.string(), to: z.string(), body: z.string() })) });
const everyMs = 250;

/** Looks for new texts to a number on Twilio's list until the signal aborts. Those that were there before are not told. */
export async function watchReplies(wanted: RepliesWanted, signal: AbortSignal): Promise<void> {
  const time = realTime();
  const seen = new Set<string>();
  for (let first = true; !signal.aborted; first = false) {
    for (const { sid, body } of await list(wanted, signal)) {
      if (!first && !seen.has(sid)) wanted.onReply(body);
      seen.add(sid);
    }
    await time.sleep(everyMs, signal);
  }
}

async function list(
  { twilioUrl, accountSid, authToken, number }: RepliesWanted,
  signal: AbortSignal,
): Promise<readonly { readonly sid: string; readonly body: string }[]> {
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  const pages = await Promise.all(
    [number, `whatsapp:${number}`].map(async (to) => {
      const address = `${twilioUrl}/2010-04-01/Accounts/${accountSid}/Messages.json?PageSize=20&To=${encodeURIComponent(to)}`;
      try {
        const response = await fetch(address, { headers: { authorization }, signal });
        return response.ok ? page.parse(await response.json()).messages.toReversed() : [];
      } catch (error) {
        // The server may be restarting, and looking again is all there is to do; what is not a matter of the network is a fault.
        if (signal.aborted || error instanceof TypeError) return [];
        throw error;
      }
    }),
  );
  return pages.flat();
}
