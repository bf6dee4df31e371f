// The class channel (ladder/server/class_routes.py): a WebSocket that connects again by itself, over which a browser hears
// of its class and acts in it.

import { Connection } from "./connection.js";

const NOBODY = 4403; // the closing code for a browser that is neither a member nor a teacher, or whose class is gone

export class ClassChannel {
  // taken(view): called with each message about the class. connected(open, nobody): called when the channel opens or
  // closes, with whether it closed as the browser is nobody here.
  constructor(taken, connected) {
    Object.assign(this, { taken, connected, ticket: 0, waiting: new Map() });
    this.connection = new Connection((data) => this.receive(JSON.parse(data)), () => connected(true, false), (code) => this.closed(code));
  }

  follow(path) {
    // Connects to this path, "class/live" with a query or without.
    if (path === this.path) return;
    this.path = path;
    this.connection.follow(path);
  }

  closed(code) {
    this.forget();
    this.connected(false, code === NOBODY);
    return code === NOBODY ? "later" : "";
  }

  receive(message) {
    if (message.kind === "class") this.taken(message);
    else this.waiting.get(message.ticket)?.(message.refusal);
    if (message.kind === "answer") this.waiting.delete(message.ticket);
  }

  act(kind, values, language) {
    // Has an event happen. Returns a promise of the refusal, a sentence, "" for none; of null where there is no connection.
    const ticket = ++this.ticket;
    if (!this.connection.say({ ...values, do: kind, lang: language, ticket })) return Promise.resolve(null);
    return new Promise((resolve) => this.waiting.set(ticket, resolve));
  }

  forget() {
    // What was not answered has no answer.
    for (const resolve of this.waiting.values()) resolve(null);
    this.waiting.clear();
  }

  close() {
    this.connection.close();
    this.forget();
  }
}
