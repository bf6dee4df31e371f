// The live channel: one WebSocket, messages of JSON and typed arrays (ladder/live/frames.py), and what was received so far.

const DTYPES = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
const GONE = 4404; // the server's word for a run that it does not know (ladder/server/routes.py)
const POINTS = ["update", "supervised", "denoising", "objective", "twin_supervised"]; // at every update; others: measured
const KEPT = 6000; // points a curve keeps in the browser; a chart is some hundred pixels wide

function decodeFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = {};
  for (const [name, entry] of Object.entries(header.arrays)) {
    const count = entry.shape.reduce((a, b) => a * b, 1);
    arrays[name] = new DTYPES[entry.dtype](buffer, 4 + length + entry.offset, count);
    arrays[name].shape = entry.shape;
  }
  return { header, arrays };
}

class Curves {
  // Columns of numbers by name: "denoising" of five levels becomes denoising/0 .. denoising/4.
  constructor() {
    this.columns = {};
  }

  add(arrays, names) {
    for (const name of names) {
      const array = arrays[name];
      if (!array) continue;
      const width = array.shape.length > 1 ? array.shape[1] : 0;
      for (let k = 0; k < (width || 1); k++) {
        const column = (this.columns[width ? `${name}/${k}` : name] ??= []);
        for (let i = width ? k : 0; i < array.length; i += width || 1) column.push(array[i]);
      }
    }
    if (Object.values(this.columns).some((column) => column.length > KEPT)) {
      for (const [name, column] of Object.entries(this.columns)) {
        this.columns[name] = column.filter((_, i) => (column.length - 1 - i) % 2 === 0);
      }
    }
  }

  get(name) {
    return this.columns[name] || [];
  }
}

class Feed {
  constructor(onMessage, onConnection) {
    this.onMessage = onMessage;
    this.onConnection = onConnection;
    this.clear();
    this.seen = () => this.say({ visible: !document.hidden });
    document.addEventListener("visibilitychange", this.seen);
    this.beat = setInterval(() => this.say({ ping: 1 }), 5000);
  }

  clear() {
    this.points = new Curves();
    this.measured = new Curves();
    this.told = null;
    this.snapshot = null;
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
    const base = new URL(document.baseURI);
    const path = base.pathname.replace(/[^/]*$/, "");
    const socket = new WebSocket(`${base.protocol === "https:" ? "wss" : "ws"}://${base.host}${path}live/${this.run}`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.wait = 300;
      this.onConnection(true);
      this.seen();
    };
    socket.onmessage = (event) => this.receive(decodeFrame(event.data));
    socket.onclose = (event) => {
      this.onConnection(false, event.code === GONE);
      if (event.code === GONE) return;
      this.retry = setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 2, 5000);
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
      if (header.kind === "history") this.points = new Curves(), this.measured = new Curves();
      this.told = header;
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
