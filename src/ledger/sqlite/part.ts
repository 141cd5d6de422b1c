import { accept } from "./accept.ts";
import { addFirstKey } from "./api-keys.ts";
import { callback } from "./callback.ts";
import { connectCall, dropCall, endCall, keepDigits, loseOthers, openCall } from "./calls.ts";
import { changeSession } from "./change-session.ts";
import { issueCode, redeemCode } from "./codes.ts";
import { addEvents } from "./events.ts";
import { fireTimer } from "./fire-timer.ts";
import { forget } from "./forget.ts";
import { note } from "./inbox.ts";
import { joinAddress } from "./join-address.ts";
import { free, renew, spoke } from "./lanes.ts";
import { finishMerge } from "./merge-rows.ts";
import { merge } from "./merge.ts";
import { migrations } from "./migrations.ts";
import { claimNext, recordOutcome, resolve, takeSpeech } from "./outbox.ts";
import { changeOwner } from "./owner.ts";
import { keepResolution, partResolutions } from "./resolutions.ts";
import { dropSession } from "./retention.ts";
import { scrub } from "./scrub.ts";
import { secretOf } from "./secrets.ts";
import { failAttempt, settle, supersede } from "./settle.ts";
import { split } from "./split.ts";
import { acceptSpoken } from "./spoken.ts";
import { findOrMakeSubject } from "./subjects.ts";
import { take } from "./take.ts";
import { cancelTimer, setTimer } from "./timers.ts";
import { claim, expire, finish, record } from "./tool-calls.ts";
import { addTotals } from "./totals.ts";

/** Everything the ledger writes, by name. */
export const operations = {
  accept,
  note,
  take,
  acceptSpoken,
  settle,
  supersede,
  failAttempt,
  fireTimer,
  ping,
  renew,
  free,
  spoke,
  claimTool: claim,
  finishTool: finish,
  recordTool: record,
  expireTools: expire,
  claimNext,
  recordOutcome,
  resolve,
  callback,
  takeSpeech,
  setTimer,
  cancelTimer,
  openCall,
  connectCall,
  dropCall,
  endCall,
  loseOthers,
  keepDigits,
  changeOwner,
  changeSession,
  addEvents,
  joinAddress,
  findOrMakeSubject,
  keepResolution,
  partResolutions,
  merge,
  split,
  finishMerge,
  issueCode,
  redeemCode,
  addTotals,
  forget,
  dropSession,
  secretOf,
  addFirstKey,
};

/** What the ledger does outside of any transaction, each by itself. */
export const alone = { scrub };

/** The ledger's part of the embedded database. */
export const part = { name: "ledger", operations, alone, migrations };

/** Writes nothing: that it was run says that the database can be written to. */
function ping(): true {
  return true;
}
