// The runs of a class as one experiment: each student's test error as a thin line, their mean, and its interval as a band.

import { address } from "./addresses.js";
import { framed, picture, shape, WIDE, HIGH, EDGE } from "./class_answers.js";
import { write } from "./class_list.js";
import { count, fill, formatPercent } from "./words.js";

const ASK_MS = 4000; // between two questions
const LEAST = 3; // runs of which an interval is told (teaching/class_curves.py)
const EARLY = 0.1; // of the updates: what lies higher there than later is cut off

/** The last update of the runs, each {update, error}, and the highest error after the first of their updates. */
export function extent(runs) {
  const last = Math.max(1, ...runs.flatMap(({ update }) => update));
  const late = runs.flatMap(({ update, error }) => error.filter((_, i) => update[i] >= EARLY * last));
  return { last, high: Math.max(0.02, ...late) };
}

export class Experiment {
  // board: the ClassBoard.
  constructor(board) {
    const { texts } = board.data;
    this.board = board;
    this.element = board.section("experiment", texts.experiment_title, true);
    this.said = this.element.appendChild(board.element("p", "ll-caption", texts.experiment_few));
    this.mixed = this.element.appendChild(board.element("p", "ll-caption", ""));
    this.drawing = this.element.appendChild(board.element("div"));
    this.due = -Infinity; // when the server is asked again
  }

  show({ members, ended, replay, now }) {
    // Of a class that has ended the runs may be gone: it is drawn from what was noted, as a replay is.
    const few = members.filter(({ run, admitted }) => run && admitted).length < LEAST;
    if (few) this.clear();
    const moved = replay ? now !== this.at : this.at !== null;
    if (few || document.hidden || this.asking || !(moved || (!replay && performance.now() > this.due))) return;
    this.due = performance.now() + ASK_MS;
    this.at = replay ? now : null;
    this.ask(ended ? now : null);
  }

  clear() {
    write(this.said, this.board.data.texts.experiment_few);
    write(this.mixed, "");
    this.drawing.replaceChildren();
  }

  async ask(past) {
    // past: of which moment, seconds since 1970; null for now.
    this.asking = true;
    try {
      const at = past === null ? "" : `&at=${past}`;
      const answer = await fetch(address(`class/experiment?class=${encodeURIComponent(this.board.data.class)}${at}`));
      if (answer.ok) this.draw(await answer.json(), past !== null);
    } catch {
      // the board itself says that the connection is lost
    } finally {
      this.asking = false;
    }
  }

  draw({ runs, update, mean, low, high, n, settings }, noted) {
    const all = Object.values(runs);
    const { texts, language } = this.board.data;
    if (!update.length) {
      this.clear();
      return;
    }
    const at = update.length - 1;
    const percent = (share) => formatPercent(share, texts);
    const words = { n: n[at], update: count(update[at], language), mean: percent(mean[at]), low: percent(low[at]), high: percent(high[at]) };
    const says = fill(texts[low[at] === null ? "experiment_mean" : "experiment_says"], words);
    write(this.said, says);
    write(this.mixed, noted ? texts.experiment_noted : settings > 1 ? fill(texts.experiment_mixed, { n: settings }) : "");
    const { last, high: top } = extent(all);
    const place = (x, y) => `${EDGE + ((WIDE - 2 * EDGE) * x) / last},${HIGH - EDGE - ((HIGH - 2 * EDGE) * y) / top}`;
    const line = (xs, ys) => xs.map((x, i) => place(x, ys[i])).join(" ");
    const svg = picture(this.board, says);
    const known = update.flatMap((_, i) => (low[i] === null ? [] : [i]));
    const band = [...known.map((i) => place(update[i], low[i])), ...known.toReversed().map((i) => place(update[i], high[i]))];
    svg.append(shape("polygon", { points: band.join(" "), class: "ll-band" }));
    svg.append(...all.map((one) => shape("polyline", { points: line(one.update, one.error), class: "ll-thin" })));
    svg.append(shape("polyline", { points: line(update, mean), class: "ll-mean" }));
    const axis = fill(texts.experiment_axis, { last: count(last, language) });
    this.drawing.replaceChildren(framed(this.board, svg, percent(0), percent(top), axis, true));
  }
}
