// The class channel (ladder/server/class_routes.py): a WebSocket that connects again by itself, over which a browser hears
// of its class and acts in it.

import { socketAddress } from "./addresses.js";

const NOBODY = 4403; // the closing code for a browser that is neither a member nor a teacher, or whose class is gone
const [FIRST_WAIT, LONGEST_WAIT] = [300, 5000]; // ms between two tries

export class ClassChannel {
  // taken(view): called with each message about the class. connected(open, nobody): called when the channel opens or
  // closes, with whether it closed as the browser is nobody here.
  constructor(taken, connected) {
    Object.assign(this, { taken, connected, ticket: 0, waiting: new Map() });
  }

  follow(path) {
    // Connects to this path, "class/live" with a query or without.
    if (path === this.path) return;
    this.path = path;
    this.wait = FIRST_WAIT;
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    this.drop();
    const socket = new WebSocket(socketAddress(this.path));
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      this.connected(true, false);
    };
    socket.onmessage = ({ data }) => this.receive(JSON.parse(data));
    socket.onclose = ({ code }) => {
      this.forget();
      this.connected(false, code === NOBODY);
      this.retry = setTimeout(() => this.connect(), code === NOBODY ? LONGEST_WAIT : this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    };
    this.socket = socket;
  }

  receive(message) {
    if (message.kind === "class") this.taken(message);
    else this.waiting.get(message.ticket)?.(message.refusal);
    if (message.kind === "answer") this.waiting.delete(message.ticket);
  }

  act(kind, values, language) {
    // Has an event happen. Returns a promise of the refusal, a sentence, "" for none; of null where there is no connection.
    if (this.socket?.readyState !== WebSocket.OPEN) return Promise.resolve(null);
    const ticket = ++this.ticket;
    this.socket.send(JSON.stringify({ ...values, do: kind, lang: language, ticket }));
    return new Promise((resolve) => this.waiting.set(ticket, resolve));
  }

  forget() {
    // What was not answered has no answer.
    for (const resolve of this.waiting.values()) resolve(null);
    this.waiting.clear();
  }

  close() {
    clearTimeout(this.retry);
    this.drop();
    this.forget();
  }

  drop() {
    if (!this.socket) return;
    this.socket.onclose = this.socket.onmessage = this.socket.onopen = null;
    this.socket.close();
  }
}
