// A curve that answers a question of the class: drawn over a grid by mouse or finger, or point by point with the arrow keys.

import { empty, stroke, touch, whole } from "./sketch.js";
import { digits, fill } from "./words.js";

const STEPS = 20; // of the height: what an arrow key moves a point
const WAYS = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5, Home: -STEPS, End: STEPS };
const ASIDE = { ArrowLeft: -1, ArrowRight: 1 };
const LINES = 4; // of the grid, between its edges
const SVG = "http://www.w3.org/2000/svg";

/** The points of a curve's line in a drawing of 100 by 100. heights: at equal distances. */
export function line(heights, low, high) {
  return heights.map((height, k) => `${(100 * k) / (heights.length - 1)},${100 * (1 - (height - low) / (high - low))}`).join(" ");
}

/** An element with curves over a grid: `others` thin, `mine`, null for none, thick. */
export function drawnCurves(board, { low, high }, others, mine) {
  const box = board.element("div", "ll-grid-box");
  const svg = box.appendChild(document.createElementNS(SVG, "svg"));
  for (const [name, value] of [["viewBox", "0 0 100 100"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  const add = (tag, className, attributes) => {
    const one = svg.appendChild(document.createElementNS(SVG, tag));
    for (const [name, value] of Object.entries({ class: className, ...attributes })) one.setAttribute(name, value);
    return one;
  };
  for (let k = 1; k < LINES; k++) {
    const at = (100 * k) / LINES;
    add("path", "ll-grid-line", { d: `M0 ${at}H100M${at} 0V100` });
  }
  for (const one of others) add("polyline", "ll-curve", { points: line(one, low, high) });
  if (mine) add("polyline", "ll-curve ll-mine", { points: line(mine, low, high) });
  box.append(board.element("span", "ll-grid-high", digits(high, 3)), board.element("span", "ll-grid-low", digits(low, 3)));
  return box;
}

export class Drawing {
  // board: a Board with `texts` of the class. question: with `low` and `high`. given: the heights of an answer or null.
  constructor(board, question, given) {
    Object.assign(this, { board, low: question.low, high: question.high, values: given ?? empty() });
    this.element = drawnCurves(board, question, [], this.values);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", board.data.texts.draw);
    this.element.classList.add("ll-drawing");
    this.path = this.element.querySelector(".ll-mine");
    this.points = this.values.map((_, k) => this.point(k));
    this.element.append(...this.points);
    this.element.addEventListener("pointerdown", (event) => this.begin(event));
    this.element.addEventListener("pointermove", (event) => this.drag(event));
    this.element.addEventListener("pointerup", () => (this.last = null));
    this.element.addEventListener("pointercancel", () => (this.last = null));
    this.show();
  }

  get heights() {
    // The whole curve; null while nothing is drawn.
    return whole(this.values);
  }

  point(k) {
    const { texts } = this.board.data;
    const words = { role: "slider", tabindex: k ? -1 : 0, "aria-orientation": "vertical", "aria-valuemin": this.low, "aria-valuemax": this.high };
    const point = this.board.element("div", "ll-point", undefined, { ...words, "aria-label": fill(texts.point, { k: k + 1, n: this.values.length }) });
    point.style.left = `${(100 * k) / (this.values.length - 1)}%`;
    point.addEventListener("keydown", (event) => this.press(event, k));
    point.addEventListener("focus", () => {
      for (const one of this.points) one.tabIndex = one === point ? 0 : -1; // one stop for the keyboard
    });
    return point;
  }

  press(event, k) {
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in WAYS || event.key in ASIDE)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key in ASIDE) this.points[k + ASIDE[event.key]]?.focus({ preventScroll: true });
    else this.take(this.values.with(k, this.within((this.heights?.[k] ?? this.middle) + (WAYS[event.key] * (this.high - this.low)) / STEPS)));
  }

  get middle() {
    return (this.low + this.high) / 2;
  }

  within(height) {
    return Math.min(this.high, Math.max(this.low, height));
  }

  at({ clientX, clientY }) {
    // The pointer's place: [share of the width, height].
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - left) / width));
    return [share, this.within(this.high - ((clientY - top) / height) * (this.high - this.low))];
  }

  begin(event) {
    if (event.button || this.element.classList.contains("ll-fixed")) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.last = this.at(event);
    this.take(touch(this.values, this.last));
  }

  drag(event) {
    if (!this.last) return;
    const next = this.at(event);
    this.take(touch(stroke(this.values, this.last, next), next));
    this.last = next;
  }

  take(values) {
    this.values = values;
    this.show();
  }

  show() {
    const drawn = this.heights;
    this.path.setAttribute("points", drawn ? line(drawn, this.low, this.high) : "");
    for (const [k, point] of this.points.entries()) {
      const height = drawn?.[k] ?? this.middle;
      point.style.bottom = `${(100 * (height - this.low)) / (this.high - this.low)}%`;
      point.setAttribute("aria-valuenow", height);
      point.setAttribute("aria-valuetext", drawn ? digits(height, 3) : this.board.data.texts.not_drawn);
    }
  }
}
