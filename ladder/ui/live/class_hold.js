// The pause of a class: the whole page is covered, with a countdown by the server's time, and goes on by itself, also where
// the connection is lost.

const TICK_MS = 200;

/** The seconds that a pause until `until` has left, by the server's clock, which was `ahead` seconds before this one. */
export function secondsLeft(until, ahead, now = Date.now() / 1000) {
  return Math.max(0, until - (now + ahead));
}

export class Hold {
  // board: a Board with `texts` of the class, whose root the cover is put into.
  constructor(board) {
    const { texts } = board.data;
    Object.assign(this, { board, until: 0, ahead: 0 });
    this.cover = board.root.appendChild(board.element("dialog", "ll-hold", undefined, { "aria-label": texts.paused }));
    this.cover.append(board.element("p", "ll-hold-title", texts.paused), board.element("p", "", texts.paused_note));
    this.left = this.cover.appendChild(board.element("p", "ll-hold-left", "", { role: "timer", "aria-live": "off" }));
    this.cover.addEventListener("cancel", (event) => event.preventDefault());
    this.cover.addEventListener("close", () => this.tick()); // a browser closes it at a second Escape
    this.key = (event) => {
      if (!this.cover.open) return;
      if (event.key === "Escape") event.preventDefault(); // which would close the cover
      event.stopImmediatePropagation(); // the page's letters are heard at the document
    };
    window.addEventListener("keydown", this.key, true);
    this.ticking = setInterval(() => this.tick(), TICK_MS);
  }

  follow(view) {
    this.until = view.paused_until;
    this.ahead = view.now - Date.now() / 1000;
    this.tick();
  }

  tick() {
    const seconds = secondsLeft(this.until, this.ahead);
    if (seconds && !this.cover.open && this.cover.isConnected) this.cover.showModal(); // all behind it is inert
    if (!seconds && this.cover.open) this.cover.close();
    const text = String(Math.ceil(seconds));
    if (this.left.textContent !== text) this.left.textContent = text;
  }

  close() {
    clearInterval(this.ticking);
    window.removeEventListener("keydown", this.key, true);
    this.cover.remove();
  }
}
