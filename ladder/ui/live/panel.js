// What every live panel adds to a board: its feed, one zoom for all time charts, and the run's state in words.

import { Board } from "./board.js";
import { Crosshair } from "./crosshair.js";
import { Drawer } from "./drawer.js";
import { Feed } from "./feed.js";
import { passLetters } from "./keys.js";
import { numbersTable } from "./numbers.js";
import { chartWords, Spoken } from "./spoken.js";
import { count, fill, formatPercent } from "./words.js";

const PICTURE_MS = 250; // between two drawings of one picture, or of the figures: each frame costs the browser much besides

export class Panel extends Board {
  // A subclass has build(), shape() and present(name), as of Board, and counters(), which shows the present numbers.
  constructor(root) {
    super(root);
    this.feed = new Feed((kind, rows) => this.received(kind, rows), (open, reason) => this.connected(open, reason));
    this.letters = (event) => passLetters(event, this.data.keys); // each panel's own: two may overlap for a moment
    document.addEventListener("keydown", this.letters, true); // captured, as a closed list would open at a letter
    this.zoom = null; // the updates that all time charts show, or null for all of them
    this.beginnings = 0; // how often the run went back before the zoomed updates, which also ends the zoom of heights
  }

  // --- living

  dismantle() {
    this.drawer?.close();
    this.spoken?.close();
  }

  numbersOf(name) {
    return name in this.data.layouts ? () => numbersTable(this, this.drawer.charts.find((chart) => chart.name === name)) : undefined;
  }

  redraw() {
    this.drawer.drawAll();
  }

  updated(before) {
    if (!before || before.run !== this.data.run) {
      this.lastNews = this.lastAnswer = this.zoom = null;
      this.reached = 0;
      this.notice = "";
    }
    this.feed.follow(this.data.run);
    this.drawer.stale([...this.drawer.charts, ...this.drawer.pictures]);
    this.spoken.stale = true;
    this.counters();
  }

  get kind() {
    // What the dataset's rows are: "images", points of the "plane", or rows of a "table".
    return this.data.data.image_shape ? "images" : this.data.data.n_features === 2 ? "plane" : "table";
  }

  get pictured() {
    // The last pictures that the panel draws; null while there are none.
    return this.feed.snapshot;
  }

  beginDrawing(charts, drawn, words) {
    // Begins to draw the Charts, and the pictures: drawn[name](panel) draws the card of that name, where there is one.
    // `words`: what is told of the pictures, as Spoken takes it.
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
    this.crosshair = new Crosshair(this, charts);
    this.spoken = new Spoken([...chartWords(this, charts), ...words]);
    const pictures = Object.keys(drawn).filter(made);
    const drawings = pictures.map((name) => entry(name, () => this.pictured, () => drawn[name](this)));
    this.drawer = new Drawer(charts, drawings, entry("top", () => this.feed.told, () => this.counters()));
  }

  buildLine() {
    // The element with the run's state in words, to which buttons can be added; and this.progress.
    const line = this.element("div", "ll-line");
    this.pill = line.appendChild(this.element("span", "ll-pill", ""));
    this.message = line.appendChild(this.element("span", "ll-message", "", { role: "status" }));
    this.progress = this.element("progress", "ll-progress", undefined, { max: 1, "aria-label": this.data.texts.progress });
    return line;
  }

  received(kind, rows) {
    // Takes note of a message: numbers and pictures are stale, charts where it brought `rows` or a change, and the script
    // is told when status or problems changed.
    this.spoken.stale = true;
    if (kind === "snapshot" || kind === "inside") {
      this.drawer.stale(this.drawer.pictures);
      return;
    }
    this.lookBack(this.feed.told.update);
    const { status, update, problems, changes } = this.feed.told;
    const news = `${status} ${problems}`;
    const answer = `${news} ${changes?.length}`;
    const charts = rows || kind === "history" || answer !== this.lastAnswer;
    this.drawer.stale([this.drawer.figures, ...(charts ? this.drawer.charts : [])]);
    if (answer !== this.lastAnswer) {
      this.notice = ""; // it is out of date
      this.counters(); // at once, as a person waits for the answer to a press
    }
    this.lastAnswer = answer;
    // The first message counts as news too: the script may have drawn its buttons before the run had this status.
    if (news !== this.lastNews) this.tell("status", { status, update });
    this.lastNews = news;
  }

  lookBack(update) {
    // After a reset, or a return to earlier weights, ends a zoom into updates that the run no longer has.
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
    // Shows the updates [from, to] in all charts, or all updates for null.
    if (JSON.stringify(range) === JSON.stringify(this.zoom)) return;
    this.zoom = range;
    for (const chart of this.drawer.charts) Object.assign(chart, { dirty: true, drawn: -Infinity });
  }

  tellStatus() {
    // Shows status, progress and message. Returns what the run told last, or null.
    const { texts } = this.data;
    const told = this.feed.told;
    this.root.classList.toggle("ll-offline", Boolean(this.offline));
    const offline = this.offline && texts[this.offlineReason || "reconnecting"];
    this.say(offline || (told && (this.notice || this.reason(told))) || "");
    this.pill.hidden = this.progress.hidden = !told;
    if (!told) return null;
    this.pill.textContent = texts[`status.${told.status}`];
    this.pill.className = `ll-pill ll-is-${told.ruined?.loss ? "diverged" : told.status}`;
    const until = (told.status === "replaying" && told.until) || told.target;
    this.progress.hidden = !until;
    this.progress.value = until ? Math.min(1, told.update / until) : 0;
    return told;
  }

  remark(text) {
    // Shows a sentence in the place of the run's message, until the run says something else.
    this.notice = text;
    this.counters();
  }

  say(text) {
    if (this.message.textContent !== text) this.message.textContent = text; // read aloud when it changes, and only then
  }

  reason(told) {
    // Why the run rests, and whether a change waits for its next update, in words.
    const rests = told.update && ["paused", "finished"].includes(told.status);
    const waits = rests && told.changes?.some((change) => change.update === told.update);
    return [this.spoilt(told), this.stopped(told), waits && this.data.texts.waiting].filter(Boolean).join(" ");
  }

  spoilt(told) {
    // What is wrong with weights that are finite but of no more use, in words.
    if (!told.ruined?.loss) return "";
    const { loss, error, rate } = told.ruined;
    return fill(this.data.texts[rate ? "ruined_rate" : "ruined"], { loss: loss.toFixed(1), error: formatPercent(error, this.data.texts), rate });
  }

  stopped(told) {
    const { texts } = this.data;
    if (told.status === "replaying") return fill(texts.replaying, { n: count(told.until, this.data.language) });
    if (!told.reason) return "";
    const values = { ...told.reason };
    if (values.change) values.change = texts[`marker.${values.change}`] || values.change;
    if (values.quantity) values.quantity = this.quantity(values.quantity);
    if (values.stop_error) values.stop_error = formatPercent(values.stop_error, texts);
    const diverged = told.reason.key === "diverged";
    const kind = diverged && values.rate ? "_rate" : diverged && !values.change ? "_alone" : values.decayed ? "_decayed" : "";
    return fill(texts[`reason.${told.reason.key}${kind}`], values);
  }

  quantity(name) {
    // The label of a quantity such as "denoising/2", whose number is a layer.
    const [kind, level] = name.split("/");
    const layer = this.data.layers?.[level]?.label;
    return fill(this.data.texts[`quantity.${kind}`] || name, { layer });
  }

  close() {
    super.close();
    document.removeEventListener("keydown", this.letters, true);
    this.feed.close();
    this.drawer.close();
    this.spoken.close();
  }
}
