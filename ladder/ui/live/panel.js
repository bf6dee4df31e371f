// What every live panel has besides a board's: its feed, one zoom for all time charts, and the run's state in words.

import { Board } from "./board.js";
import { Drawer } from "./drawer.js";
import { Feed } from "./feed.js";
import { passLetters } from "./keys.js";
import { count, fill, formatPercent } from "./words.js";

const PICTURE_MS = 250; // between two drawings of one picture, or of the figures: each frame costs the browser much besides

export class Panel extends Board {
  // A subclass has build(), shape(), counters() and present(name).
  constructor(root) {
    super(root);
    this.feed = new Feed((kind) => this.received(kind), (open, reason) => this.connected(open, reason));
    this.letters = (event) => passLetters(event, this.data.keys); // each panel's own: an old one ends after the next has begun
    document.addEventListener("keydown", this.letters, true); // before a list that is closed opens at a letter
    this.zoom = null; // the updates that all time charts show, or null for all of them
    this.beginnings = 0; // how often a run went back before what is zoomed into: heights that were zoomed into end there
  }

  // --- living

  dismantle() {
    this.drawer?.close();
  }

  updated(before) {
    if (!before || before.run !== this.data.run) {
      this.lastNews = this.lastAnswer = this.zoom = null;
      this.reached = 0;
      this.notice = "";
    }
    this.feed.follow(this.data.run);
    this.drawer.stale([...this.drawer.charts, ...this.drawer.pictures]);
    this.counters();
  }

  get kind() {
    return this.data.data.image_shape ? "images" : this.data.data.n_features === 2 ? "plane" : "table";
  }

  beginDrawing(charts, drawn) {
    // Of the pictures among the cards drawn[name] draws the card of that name.
    const made = (name) => this.root.querySelector(`.ll-${name}`);
    const entry = (name, known, draw) => ({
      name, element: made(name), every: PICTURE_MS, drawn: -Infinity, dirty: true,
      draw() {
        this.dirty = false;
        if (!known()) return;
        this.drawn = performance.now();
        draw();
      },
    });
    const pictures = Object.keys(drawn).filter(made);
    const drawings = pictures.map((name) => entry(name, () => this.feed.snapshot, () => drawn[name](this)));
    this.drawer = new Drawer(charts, drawings, entry("top", () => this.feed.told, () => this.counters()));
  }

  buildLine() {
    // The run's state in words, its progress, and room for buttons.
    const line = this.element("div", "ll-line");
    this.pill = line.appendChild(this.element("span", "ll-pill", ""));
    this.message = line.appendChild(this.element("span", "ll-message", "", { role: "status" }));
    this.progress = this.element("progress", "ll-progress", undefined, { max: 1, "aria-label": this.data.texts.progress });
    return line;
  }

  received(kind) {
    if (kind === "snapshot") {
      this.drawer.stale(this.drawer.pictures);
      return;
    }
    this.lookBack(this.feed.told.update);
    this.drawer.stale([this.drawer.figures, ...this.drawer.charts]);
    const { status, update, problems, changes } = this.feed.told;
    const news = `${status} ${problems}`;
    const answer = `${news} ${changes?.length}`;
    if (answer !== this.lastAnswer) {
      this.notice = ""; // what was said before is out of date
      this.counters(); // somebody waits for it
    }
    this.lastAnswer = answer;
    // The first word counts too: the script may have drawn its buttons before the run got there.
    if (news !== this.lastNews) this.tell("status", { status, update });
    this.lastNews = news;
  }

  lookBack(update) {
    // After a reset, or a return to earlier weights: a zoom into what is no more ends.
    if (update < this.reached && !(this.zoom?.[0] <= update)) {
      this.zoom = null;
      this.beginnings++;
    }
    this.reached = update;
  }

  connected(open, reason) {
    this.offline = !open;
    this.offlineReason = reason;
    this.counters();
  }

  zoomTo(range) {
    if (JSON.stringify(range) === JSON.stringify(this.zoom)) return;
    this.zoom = range;
    for (const chart of this.drawer.charts) Object.assign(chart, { dirty: true, drawn: -Infinity });
  }

  tellStatus() {
    // Pill, progress and message; returns what the run told last, if anything.
    const { texts } = this.data;
    const told = this.feed.told;
    this.root.classList.toggle("ll-offline", Boolean(this.offline));
    const offline = this.offline && texts[this.offlineReason || "reconnecting"];
    this.say(offline || (told && (this.notice || this.reason(told))) || "");
    this.pill.hidden = this.progress.hidden = !told;
    if (!told) return null;
    this.pill.textContent = texts[`status.${told.status}`];
    this.pill.className = `ll-pill ll-is-${told.status}`;
    const until = (told.status === "replaying" && told.until) || told.target;
    this.progress.hidden = !until;
    this.progress.value = until ? Math.min(1, told.update / until) : 0;
    return told;
  }

  say(text) {
    if (this.message.textContent !== text) this.message.textContent = text; // read aloud when it changes, and only then
  }

  reason(told) {
    const rests = told.update && ["paused", "finished"].includes(told.status);
    const waits = rests && told.changes?.some((change) => change.update === told.update);
    return [this.stopped(told), waits && this.data.texts.waiting].filter(Boolean).join(" ");
  }

  stopped(told) {
    const { texts } = this.data;
    if (told.status === "replaying") return fill(texts.replaying, { n: count(told.until, this.data.language) });
    if (!told.reason) return "";
    const values = { ...told.reason };
    if (values.change) values.change = texts[`marker.${values.change}`] || values.change;
    if (values.quantity) values.quantity = this.quantity(values.quantity);
    if (values.stop_error) values.stop_error = formatPercent(values.stop_error);
    const alone = told.reason.key === "diverged" && !values.change;
    return fill(texts[`reason.${told.reason.key}${alone ? "_alone" : values.decayed ? "_decayed" : ""}`], values);
  }

  quantity(name) {
    const [kind, level] = name.split("/");
    const layer = this.data.layers?.[level]?.label;
    return fill(this.data.texts[`quantity.${kind}`] || name, { layer });
  }

  close() {
    super.close();
    document.removeEventListener("keydown", this.letters, true);
    this.feed.close();
    this.drawer.close();
  }
}
