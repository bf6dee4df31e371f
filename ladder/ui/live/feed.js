// The live channel of one run: a WebSocket that connects again by itself, and all that was received so far.

import { Connection } from "./connection.js";
import { Curves } from "./curves.js";
import { decodeFrame } from "./frames.js";

const GONE = 4404; // the closing code for an unknown run, and below the one for too many pages
const FULL = 4429; // (ladder/server/sockets.py)
export const POINTS = ["update", "supervised", "denoising", "objective", "twin_supervised"]; // the arrays of every update

// The keys that are read of a message's header, and the only ones of `told`. Their meaning stands in the class Told.
export const TOLD = [
  ...["status", "update", "until", "target", "reason", "problems", "rate", "measuring"], // of every run
  ...["changes", "epoch", "elapsed", "pace", "n_labeled", "lambdas", "choices", "asked", "ruined", "moments", "looking_back"], // of a ladder
  ...["contestants"], // of a comparison
];

export function measurements(arrays) {
  // The names of the arrays that have a row for each measurement.
  return Object.keys(arrays).filter((name) => !POINTS.includes(name));
}

export function toldBy(before, header) {
  // `told` after a message with this header, where it was `before`. An increment leaves out changes and lambdas unless
  // there is a new change: then it has the new ones, which follow the first `kept` of the earlier ones.
  const told = Object.fromEntries(TOLD.map((key) => [key, header[key]]));
  if (header.kind === "history" || !before) return told;
  const whole = (name) => (header[name] ? [...(before[name] || []).slice(0, header.kept), ...header[name]] : before[name]);
  return { ...told, changes: whole("changes"), lambdas: whole("lambdas"), choices: header.choices ?? before.choices, moments: header.moments ?? before.moments };
}

export class Feed {
  // `told`: see toldBy; null before the first message. `points` and `measured`: the Curves of all updates, and of those
  // at which the run was measured. `snapshot` and `inside`: {header, arrays} of the last pictures of these kinds, or
  // null. onMessage(kind, rows) is
  // called after each message, with whether it brought points of curves; onConnection(open, reason) when the channel
  // opens or closes, with the reason "gone" or "full" where the server gives one.
  constructor(onMessage, onConnection) {
    this.onMessage = onMessage;
    this.onConnection = onConnection;
    this.replies = {}; // by the name of a question (server/questions.py), who takes its answer {header, arrays}
    this.connection = new Connection((data) => this.receive(decodeFrame(data)), () => this.opened(), (code) => this.closed(code));
    this.clear();
    this.seen = () => this.say({ visible: !document.hidden });
    document.addEventListener("visibilitychange", this.seen);
    this.beat = setInterval(() => this.say({ ping: 1 }), 5000);
  }

  clear() {
    this.clearCurves();
    this.told = null;
    this.snapshot = this.inside = null;
  }

  clearCurves() {
    this.points = new Curves();
    this.measured = new Curves();
  }

  follow(run) {
    // Connects to the run of this id and forgets the one before.
    if (run === this.run) return;
    this.run = run;
    this.clear();
    this.connection.follow(`live/${run}`);
  }

  opened() {
    this.onConnection(true);
    this.seen();
  }

  closed(code) {
    this.onConnection(false, { [GONE]: "gone", [FULL]: "full" }[code]);
    return { [GONE]: "never", [FULL]: "later" }[code]; // a full server refuses again until another page leaves
  }

  say(words) {
    // Sends words to the server. Returns whether there is a connection that takes them.
    return this.connection.say(words);
  }

  receive({ header, arrays }) {
    if (header.kind === "answer") {
      this.onAnswer?.(header);
      return;
    }
    if (header.kind in this.replies) {
      this.replies[header.kind]({ header, arrays });
      return;
    }
    if (header.kind === "snapshot" || header.kind === "inside") {
      this[header.kind] = { header, arrays };
    } else {
      if (header.kind === "history") this.clearCurves();
      this.told = toldBy(this.told, header);
      this.points.add(arrays, POINTS);
      this.measured.add(arrays, measurements(arrays));
    }
    this.onMessage(header.kind, Object.values(arrays).some((array) => array.length));
  }

  close() {
    clearInterval(this.beat);
    document.removeEventListener("visibilitychange", this.seen);
    this.connection.close();
  }
}
