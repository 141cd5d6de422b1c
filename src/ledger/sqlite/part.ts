import { accept } from "./accept.ts";
import { callback } from "./callback.ts";
import { connectCall, dropCall, endCall, keepDigits, loseOthers, openCall } from "./calls.ts";
import { addEvents } from "./events.ts";
import { fireTimer } from "./fire-timer.ts";
import { note } from "./inbox.ts";
import { free, renew, spoke } from "./lanes.ts";
import { migrations } from "./migrations.ts";
import { claimNext, recordOutcome, resolve, takeSpeech } from "./outbox.ts";
import { changeOwner } from "./owner.ts";
import { failAttempt, settle, supersede } from "./settle.ts";
import { acceptSpoken } from "./spoken.ts";
import { take } from "./take.ts";
import { cancelTimer, setTimer } from "./timers.ts";
import { claim, expire, finish, record } from "./tool-calls.ts";

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
  addEvents,
};

/** The ledger's part of the embedded database. */
export const part = { name: "ledger", operations, migrations };

/** Writes nothing: that it was run says that the database can be written to. */
function ping(): true {
  return true;
}
