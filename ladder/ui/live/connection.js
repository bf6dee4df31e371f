// A WebSocket to one of the server's routes that connects again by itself.

import { socketAddress } from "./addresses.js";

const [FIRST_WAIT, LONGEST_WAIT] = [300, 5000]; // ms between two tries

export class Connection {
  // taken(data): called with each message, a text or an ArrayBuffer. opened(): called when it opens. closed(code): called
  // when it closes; returns "never" where it is not to connect again, "later" where not before LONGEST_WAIT.
  constructor(taken, opened, closed) {
    Object.assign(this, { taken, opened, closed });
  }

  follow(path) {
    // Connects to this route and leaves the one before.
    this.path = path;
    this.wait = FIRST_WAIT;
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    this.drop();
    const socket = new WebSocket(socketAddress(this.path));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      this.opened();
    };
    socket.onmessage = ({ data }) => this.taken(data);
    socket.onclose = ({ code }) => {
      const when = this.closed(code);
      if (when === "never") return;
      this.retry = setTimeout(() => this.connect(), when === "later" ? LONGEST_WAIT : this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    };
    this.socket = socket;
  }

  say(words) {
    // Sends words to the server. Returns whether there is a connection that takes them.
    const open = this.socket?.readyState === WebSocket.OPEN;
    if (open) this.socket.send(JSON.stringify(words));
    return open;
  }

  close() {
    clearTimeout(this.retry);
    this.drop();
  }

  drop() {
    // Closes the socket and ignores its further messages, which may be about something else.
    if (!this.socket) return;
    this.socket.onclose = this.socket.onmessage = this.socket.onopen = null;
    this.socket.close();
  }
}
