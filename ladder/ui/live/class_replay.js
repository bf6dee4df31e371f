// The replay of a class: its board as it was at any moment of its journal, and the bar that moves through it.

import { address } from "./addresses.js";
import { write } from "./class_list.js";
import { nameOf } from "./class_words.js";
import { clock, fill } from "./words.js";

const SPEEDS = [1, 10, 60];
const USUAL_SPEED = 10;
const TICK_MS = 500;
const KEY_SECONDS = 10; // of an arrow key on the slider
const SLACK = 0.01; // seconds after a moment at which it has happened, whatever the rounding
const DAY = 86_400; // seconds

/** How many seconds the stretches of a class, [[begin, end], ...], are together. */
export function lengthOf(stretches) {
  return stretches.reduce((sum, [begin, end]) => sum + end - begin, 0);
}

/** The time at so many seconds of the stretches put end to end. */
export function timeAt(stretches, place) {
  let left = place;
  for (const [begin, end] of stretches) {
    if (left < end - begin) return begin + left;
    left -= end - begin;
  }
  return stretches.at(-1)[1];
}

/** The seconds of the stretches before a time. */
export function placeOf(stretches, time) {
  return stretches.reduce((sum, [begin, end]) => sum + Math.max(0, Math.min(time, end) - begin), 0);
}

/** The number of the place, among rising ones, to which one goes from `place` by one button; -1 where there is none. */
export function nextPlace(places, place, by) {
  return by > 0 ? places.findIndex((one) => one > place + 0.5) : places.findLastIndex((one) => one < place - 0.5);
}

export class Replay {
  // board: the ClassBoard. this.of: the class whose past it is.
  constructor(board) {
    const { texts } = board.data;
    Object.assign(this, { board, of: board.data.class, on: false, closed: false, place: 0, speed: USUAL_SPEED });
    Object.assign(this, { stretches: [], moments: [], places: [] }); // of the class's past
    this.element = board.element("div", "ll-replay-box");
    this.head = this.element.appendChild(board.element("div", "ll-row ll-replay-head"));
    this.opening = this.head.appendChild(board.button(texts.replay_open, () => this.open()));
    this.bar = this.element.appendChild(board.element("section", "ll-replay", undefined, { "aria-label": texts.replay, hidden: "" }));
    this.bar.append(this.lineBox(), this.sliderBox(), this.buttonBox());
  }

  lineBox() {
    const { board } = this;
    const line = board.element("div", "ll-row ll-replay-line");
    this.now = board.element("span", "ll-replay-now");
    this.said = board.element("span", "ll-replay-said", "", { role: "status" });
    line.append(board.element("b", "ll-pill", board.data.texts.replay), this.now, this.said);
    return line;
  }

  sliderBox() {
    const { board } = this;
    const attributes = { type: "range", min: 0, step: KEY_SECONDS, "aria-label": board.data.texts.replay_time };
    this.slider = board.element("input", "ll-replay-time", undefined, attributes);
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    return this.slider;
  }

  buttonBox() {
    const { board } = this;
    const { texts } = board.data;
    const row = board.element("div", "ll-row ll-replay-acts");
    this.back = board.button("←", () => this.jump(-1), texts.replay_back);
    this.playing = board.button("", () => (this.timer ? this.rest() : this.play()));
    this.playing.classList.add("ll-primary");
    this.next = board.button("→", () => this.jump(1), texts.replay_next);
    row.append(this.back, this.playing, this.next);
    const speeds = SPEEDS.map((n) => ({ name: String(n), label: fill(texts.replay_times, { n }) }));
    const select = board.select(row, texts.replay_speed, speeds, true);
    select.value = String(USUAL_SPEED);
    select.addEventListener("change", () => (this.speed = Number(select.value)));
    this.about = board.element("span", "ll-caption ll-replay-about");
    row.append(board.button(texts.replay_end, () => this.end()), this.about);
    return row;
  }

  // --- its life

  async open(place = 0, plays = true) {
    // Reads the class's past, and shows it from a place on.
    const past = await this.read("");
    if (!past || this.closed) return;
    Object.assign(this, past, { on: true, place });
    this.places = this.moments.map(({ at }) => placeOf(this.stretches, at));
    this.length = lengthOf(this.stretches);
    this.slider.max = Math.ceil(this.length / KEY_SECONDS) * KEY_SECONDS;
    if (this.board.data.watched) this.board.watch(""); // it shows the run as it is now
    this.arrange();
    if (!plays) {
      this.go(place);
      return;
    }
    this.play();
    this.playing.focus();
  }

  end() {
    this.rest();
    this.on = false;
    this.arrange();
    this.board.come();
    this.opening.focus();
  }

  close() {
    clearInterval(this.timer);
    this.closed = true;
  }

  arrange() {
    this.bar.hidden = !this.on;
    this.head.hidden = this.on;
    this.board.root.classList.toggle("ll-replaying", this.on);
    this.board.root.style.setProperty("--ll-replay", JSON.stringify(` · ${this.board.data.texts.replay}`));
  }

  async read(query) {
    // What the server answers of the past, null where there is no answer, which is said.
    try {
      const answer = await fetch(address(`class/replay?class=${encodeURIComponent(this.board.data.class)}${query}`));
      if (answer.ok) return await answer.json();
    } catch {
      // said below
    }
    this.rest();
    this.board.remark(this.board.data.texts.replay_failed);
    return null;
  }

  // --- moving

  play() {
    if (this.place >= this.length) this.place = 0;
    let before = performance.now();
    clearInterval(this.timer);
    this.timer = setInterval(() => {
      const now = performance.now();
      this.go(this.place + (this.speed * (now - before)) / 1000);
      before = now;
      if (this.place >= this.length) this.rest();
    }, TICK_MS);
    this.go(this.place);
  }

  rest() {
    clearInterval(this.timer);
    this.timer = 0;
    this.tell();
  }

  jump(by) {
    this.rest();
    const found = nextPlace(this.places, this.place, by);
    this.go(found >= 0 ? this.places[found] : by < 0 ? 0 : this.length);
  }

  go(place) {
    this.place = Math.min(this.length, Math.max(0, place));
    this.tell();
    this.ask();
  }

  async ask() {
    // Has the board show the class as it was here. Of places that are passed while an answer is awaited the last counts.
    if (this.asking) return;
    this.asking = true;
    let place;
    do {
      ({ place } = this);
      const view = await this.read(`&at=${timeAt(this.stretches, place) + SLACK}`);
      if (!view || !this.on || this.closed) break;
      this.board.show(view);
      this.tell();
    } while (place !== this.place);
    this.asking = false;
  }

  // --- what is said

  tell() {
    const { texts } = this.board.data;
    if (!this.on) return;
    const words = { time: this.hour(timeAt(this.stretches, this.place)), passed: clock(this.place), of: clock(this.length) };
    const now = fill(texts.replay_at, words);
    write(this.now, now);
    this.slider.value = this.place;
    this.slider.setAttribute("aria-valuetext", now);
    write(this.playing, this.timer ? texts.replay_pause : texts.replay_play);
    this.back.disabled = this.place <= 0;
    this.next.disabled = this.place >= this.length;
    const last = this.moments[this.places.findLastIndex((one) => one <= this.place + 0.5)];
    write(this.said, last ? this.wordsOf(last) : "");
    this.said.title = this.said.textContent; // one line has no room for a long question
  }

  wordsOf({ kind, text, member }) {
    const { view, data } = this.board;
    const owner = view.members.find(({ id }) => id === member);
    const name = owner ? nameOf(owner, view.names_hidden, data.texts) : data.texts.gone;
    const dataset = kind === "label_round" && data.datasets.find((one) => one.name === text)?.label;
    return fill(data.texts[`event.${kind}`], { name, text: dataset || text });
  }

  hour(time) {
    // By the browser's clock, with the day where the class lasts longer than one.
    const days = this.stretches.at(-1)[1] - this.stretches[0][0] > DAY ? { month: "short", day: "numeric" } : {};
    const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", ...days };
    const { language } = this.board.data;
    return new Intl.DateTimeFormat(language, options).format(1000 * time);
  }

  show(view) {
    const { texts } = this.board.data;
    write(this.about, view.example ? texts.example : texts.replay_held);
    this.about.classList.toggle("ll-replay-example", view.example);
  }
}
