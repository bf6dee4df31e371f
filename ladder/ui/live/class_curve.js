// A curve that answers a question of the class: drawn over a grid by mouse or finger, or point by point with the arrow keys.

import { CurvePad, empty, touch, whole } from "./curve_pad.js";
import { digits, fill } from "./words.js";

const STEPS = 20; // of the height: what an arrow key moves a point
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

export class Drawing extends CurvePad {
  // board: a Board with `texts` of the class. question: with `low` and `high`. given: the heights of an answer or null.
  constructor(board, question, given) {
    super(given ?? empty(), STEPS);
    Object.assign(this, { board, low: question.low, high: question.high });
    this.element = drawnCurves(board, question, [], this.values);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", board.data.texts.draw);
    this.element.classList.add("ll-drawing");
    this.path = this.element.querySelector(".ll-mine");
    this.hear(this.element, this.values.map((_, k) => this.point(k)));
    this.show();
  }

  get heights() {
    // The whole curve; null while nothing is drawn.
    return whole(this.values);
  }

  point(k) {
    const { texts } = this.board.data;
    const words = { role: "slider", tabindex: k ? -1 : 0, "aria-orientation": "vertical", "aria-valuemin": this.low, "aria-valuemax": this.high };
    return this.board.element("div", "ll-point", undefined, { ...words, "aria-label": fill(texts.point, { k: k + 1, n: this.values.length }) });
  }

  valueOf(share) {
    return this.low + Math.min(1, Math.max(0, share)) * (this.high - this.low);
  }

  shareOf(value = this.valueOf(0.5)) {
    return (value - this.low) / (this.high - this.low);
  }

  dragged(from, to) {
    return touch(super.dragged(from, to), to);
  }

  take(values) {
    this.values = values;
    this.show();
  }

  show() {
    const drawn = this.heights;
    this.path.setAttribute("points", drawn ? line(drawn, this.low, this.high) : "");
    for (const [k, point] of this.points.entries()) {
      point.style.bottom = `${100 * this.shareOf(drawn?.[k])}%`;
      point.setAttribute("aria-valuenow", drawn?.[k] ?? this.valueOf(0.5));
      point.setAttribute("aria-valuetext", drawn ? digits(drawn[k], 3) : this.board.data.texts.not_drawn);
    }
  }
}
