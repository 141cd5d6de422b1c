import { loadConfig } from "../app/config.ts";
import { processEnv } from "../app/env.ts";
import { type Journal, journal } from "../simulator/journal.ts";
import type { Line } from "../simulator/line.ts";
import { realTime } from "../simulator/time.ts";
import { demoBusiness } from "./demo/people.ts";
import { privateConfig, startPrivately } from "./own-server.ts";
import { watchReplies } from "./replies.ts";
import { type RunningServer, runningServer } from "./running.ts";

/** A server to talk to, and what it texts back. */
export interface Desk extends AsyncDisposable {
  readonly line: Line;
  readonly business: string;
  /** The texts that the server sent to the customer, as they come. */
  readonly replies: Journal<string>;
  /** What a person should know about it, in a sentence. */
  readonly about: string;
}

/** What was asked for on the command line. */
export interface DeskOptions {
  /** The customer's number. */
  readonly number: string;
  /** A server that runs elsewhere, with the account's credentials in the environment. */
  readonly url: string | undefined;
  /** How many times as fast as people things go. */
  readonly speed: number;
}

/** Finds the server to talk to: the one at an address, the one that runs on the data folder, or one of its own. */
export async function openDesk(options: DeskOptions): Promise<Desk> {
  if (options.url !== undefined) return remoteDesk(options, credentialsFor(options.url));
  const config = privateConfig();
  const running = runningServer(config.state.dataDir);
  if (running !== undefined) return remoteDesk(options, running);
  const app = await startPrivately(config);
  const { twilio } = app;
  if (twilio === undefined) throw new Error("a server of its own always has the simulator");
  const replies = journal<string>();
  twilio.messages.listen(({ to, body }) => {
    if (to.replace(/^whatsapp:/u, "") === options.number) replies.add(body);
  });
  const { accountSid, authTokens } = config.twilio;
  const model = app.model.offline
    ? "The offline model answers: rules, no language model (set OPENAI_API_KEY for one)."
    : `${app.model.name} answers.`;
  return {
    line: {
      accountSid,
      authToken: authTokens[0],
      publicUrl: app.publicUrl,
      reachUrl: app.url,
      time: realTime(options.speed),
    },
    business: app.platform.tenants.default.numbers[0] ?? demoBusiness,
    replies,
    about: `${model} What is said is kept in ${config.state.dataDir}.`,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

type Credentials = Omit<RunningServer, "pid" | "twilioUrl"> & { readonly twilioUrl: string | undefined };

function remoteDesk(options: DeskOptions, server: Credentials): Desk {
  const { publicUrl, url, accountSid, authToken, twilioUrl, business } = server;
  const stop = new AbortController();
  const replies = journal<string>();
  const watching =
    twilioUrl === undefined
      ? Promise.resolve()
      : watchReplies(
          { twilioUrl, accountSid, authToken, number: options.number, onReply: (body) => replies.add(body) },
          stop.signal,
        );
  return {
    line: { accountSid, authToken, publicUrl, reachUrl: url, time: realTime(options.speed) },
    business,
    replies,
    about: `The server at ${url} answers.${twilioUrl === undefined ? " Its texts go to Twilio and are not shown here." : ""}`,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
    },
  };
}

/** Who Twilio is for a server elsewhere: its own settings, as they are here in the environment. */
function credentialsFor(url: string): Credentials {
  const env = processEnv();
  const [accountSid, authToken] = [env["TWILIO_ACCOUNT_SID"], env["TWILIO_AUTH_TOKEN"]];
  if (accountSid !== undefined && authToken !== undefined) {
    const bare = url.replace(/\/+$/u, "");
    return {
      url: bare,
      publicUrl: (env["PUBLIC_URL"] ?? bare).replace(/\/+$/u, ""),
      accountSid,
      authToken,
      twilioUrl: env["TWILIO_API_BASE_URL"],
      business: env["TWILIO_PHONE_NUMBER"]?.split(",")[0]?.trim() ?? demoBusiness,
    };
  }
  const running = runningServer(loadConfig().config.state.dataDir);
  if (running !== undefined && running.url === url.replace(/\/+$/u, "")) return running;
  throw Object.assign(
    new Error(
      `config_invalid: to talk to ${url}, set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (and PUBLIC_URL, where it differs) as they are set there`,
    ),
    { name: "ContinuoError" },
  );
}
