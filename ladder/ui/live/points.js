// From a point to its case: a point of the projection opens the training sample that it stands for.

import { CaseDialog } from "./case_dialog.js";
import { count, fill } from "./words.js";

const REACH = 24; // px around a press: the nearest point in it is meant
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The number of the point of `places`, [x, y] in pixels, that is nearest to a place and within `reach`; -1 for none. */
export function nearest(places, [x, y], reach = Infinity) {
  let [best, at] = [reach, -1];
  for (const [i, place] of places.entries()) {
    const far = Math.hypot(place[0] - x, place[1] - y);
    if (far <= best) [best, at] = [far, i];
  }
  return at;
}

/** The number of the point that an arrow key leads to from point `at`: the nearest one that lies more in the key's direction
    than beside it; `at` itself where there is none, undefined for other keys. */
export function pointAfter(key, at, places) {
  if (!(key in MOVES)) return undefined;
  const [[dx, dy], [x, y]] = [MOVES[key], places[at]];
  let [best, next] = [Infinity, at];
  for (const [i, place] of places.entries()) {
    const [a, b] = [place[0] - x, place[1] - y];
    const along = a * dx + b * dy;
    const beside = Math.abs(a * dy - b * dx);
    if (along > 0 && beside <= along && along + beside < best) [best, next] = [along + beside, i];
  }
  return next;
}

export class Points {
  // panel: the LivePanel. canvas: its projection. `chosen`: the training row whose point is marked, -1 for none.
  // `places`: where the points are, [x, y] in pixels of the canvas.
  constructor(panel, canvas) {
    Object.assign(this, { panel, canvas, places: [], rows: [], chosen: -1 });
    const { texts } = panel.data;
    this.dialog = new CaseDialog(panel, "training", (n) => fill(texts["point.row"], { n }));
    this.name = panel.element("p", "ll-key ll-point-name", "", { role: "status" });
    this.elements = [this.name, this.dialog.element];
    Object.assign(canvas, { tabIndex: 0, title: texts["point.how"], ariaDescription: texts["point.how"] });
    canvas.addEventListener("click", (event) => this.pressed(event));
    canvas.addEventListener("keydown", (event) => this.keyed(event));
    canvas.addEventListener("focus", () => this.choose(Math.max(0, this.at)));
    canvas.addEventListener("blur", () => this.choose(-1));
  }

  get at() {
    return this.rows.indexOf(this.chosen);
  }

  take(places, rows, classes) {
    // The points' places, their training rows and classes, after each drawing.
    Object.assign(this, { places, rows: [...rows], classes });
  }

  pressed(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const at = nearest(this.places, [event.clientX - left, event.clientY - top], REACH);
    if (at < 0) return;
    this.choose(at);
    this.open();
  }

  keyed(event) {
    if (this.at < 0) return;
    const next = pointAfter(event.key, this.at, this.places);
    if (next !== undefined) this.choose(next);
    else if (event.key === "Enter" || event.key === " ") this.open();
    else return;
    event.preventDefault();
  }

  choose(at) {
    // Marks the point of this number, none for -1.
    this.chosen = this.rows[at] ?? -1;
    const { texts, data } = this.panel.data;
    const names = { n: this.chosen + 1, class: data.class_names[this.classes[at]] ?? texts.no_class };
    this.name.textContent = this.chosen < 0 ? "" : fill(texts["point.named"], names);
    this.panel.drawer.stale(this.panel.drawer.pictures);
  }

  open() {
    const { feed, data } = this.panel;
    this.dialog.wait();
    feed.say({ point: [this.chosen], language: data.language });
  }

  show(answer) {
    const { header } = answer;
    const { texts, language, data } = this.panel.data;
    const names = data.class_names;
    const words = { true: names[header.true], predicted: names[header.predicted], update: count(header.update, language) };
    const title = fill(texts[header.true < 0 ? "point.unknown" : header.true === header.predicted ? "point.right" : "point.wrong"], words);
    this.dialog.show(answer, title, [texts[header.labeled ? "point.labeled" : "point.unlabeled"], texts["cases.order"]]);
  }
}
