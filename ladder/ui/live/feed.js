// The live channel of one run: a WebSocket that comes back by itself, and what was received so far.

import { socketAddress } from "./addresses.js";
import { Curves } from "./curves.js";
import { decodeFrame } from "./frames.js";

const GONE = 4404; // the server's word for a run that it does not know, and, below, for one page too many
const FULL = 4429; // (ladder/server/sockets.py)
const LONGEST_WAIT = 5000; // ms between two tries
const POINTS = ["update", "supervised", "denoising", "objective", "twin_supervised"]; // at every update; others: measured

// What is read of a message's header; `told` has these keys and no others. The server says what each means.
export const TOLD = [
  ...["status", "update", "until", "target", "reason", "problems", "rate", "measuring"], // of every run
  ...["changes", "epoch", "elapsed", "pace", "n_labeled", "lambdas"], // of a ladder
  ...["contestants"], // of a comparison
];

export function toldBy(before, header) {
  // A run's last word. An increment leaves out the changes unless there is a new one; then `kept` of the earlier ones stay.
  const told = Object.fromEntries(TOLD.map((key) => [key, header[key]]));
  if (header.kind === "history" || !before) return told;
  const whole = (name) => (header[name] ? [...(before[name] || []).slice(0, header.kept), ...header[name]] : before[name]);
  return { ...told, changes: whole("changes"), lambdas: whole("lambdas") };
}

export class Feed {
  constructor(onMessage, onConnection) {
    this.onMessage = onMessage;
    this.onConnection = onConnection;
    this.clear();
    this.seen = () => this.say({ visible: !document.hidden });
    document.addEventListener("visibilitychange", this.seen);
    this.beat = setInterval(() => this.say({ ping: 1 }), 5000);
  }

  clear() {
    this.clearCurves();
    this.told = null;
    this.snapshot = null;
  }

  clearCurves() {
    this.points = new Curves();
    this.measured = new Curves();
  }

  follow(run) {
    if (run === this.run) return;
    this.run = run;
    this.wait = 300;
    this.clear();
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    this.drop();
    const socket = new WebSocket(socketAddress(`live/${this.run}`));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.wait = 300;
      this.onConnection(true);
      this.seen();
    };
    socket.onmessage = (event) => this.receive(decodeFrame(event.data));
    socket.onclose = (event) => {
      this.onConnection(false, { [GONE]: "gone", [FULL]: "full" }[event.code]);
      if (event.code === GONE) return;
      if (event.code === FULL) this.wait = LONGEST_WAIT; // it was open for a moment, and is refused again unless somebody leaves
      this.retry = setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    };
    this.socket = socket;
  }

  say(words) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(words));
  }

  receive({ header, arrays }) {
    if (header.kind === "snapshot") {
      this.snapshot = { header, arrays };
    } else {
      if (header.kind === "history") this.clearCurves();
      this.told = toldBy(this.told, header);
      this.points.add(arrays, POINTS);
      this.measured.add(arrays, Object.keys(arrays).filter((name) => !POINTS.includes(name)));
    }
    this.onMessage(header.kind);
  }

  close() {
    clearTimeout(this.retry);
    clearInterval(this.beat);
    document.removeEventListener("visibilitychange", this.seen);
    this.drop();
  }

  drop() {
    // What the old connection still has to say is about another run.
    if (!this.socket) return;
    this.socket.onclose = this.socket.onmessage = this.socket.onopen = null;
    this.socket.close();
  }
}
