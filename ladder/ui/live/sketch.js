// A curve that a person draws into a chart as a prediction: by mouse or finger, or point by point with the arrow keys.

import { thin } from "./curves.js";
import { count, fill } from "./words.js";

export const POINTS = 13; // of a drawn curve; a hand-in takes 20 (teaching/handin.py)
const STEPS = 50; // of the axis: what an arrow key moves a point
const [DIGITS, PAGE] = [3, 5]; // of a drawn value; arrow keys that a page key is worth
const LOWEST = 1000; // times below its top a logarithmic axis begins
const WAYS = { ArrowUp: 1, ArrowDown: -1, PageUp: PAGE, PageDown: -PAGE, Home: -STEPS, End: STEPS };
const ASIDE = { ArrowLeft: -1, ArrowRight: 1 };

/** A curve of which nothing is drawn: null for each of its points, which lie evenly between its first and last update. */
export function empty() {
  return Array(POINTS).fill(null);
}

/** The update of a curve's point number k of n. span: the curve's first and last update. */
export function updateOf([from, until], k, n = POINTS) {
  return from + (k * (until - from)) / (n - 1);
}

/** The values after a stroke from one place to another, each [share of the width, value]: the points that it passes take
 * its values. */
export function stroke(values, [x0, y0], [x1, y1]) {
  const last = values.length - 1;
  const [low, high] = [Math.min(x0, x1) * last, Math.max(x0, x1) * last];
  return values.map((value, k) => (k < low || k > high || x0 === x1 ? value : y0 + ((k / last - x0) / (x1 - x0)) * (y1 - y0)));
}

/** The values after a touch at a place [share of the width, value]: the nearest point takes its value. */
export function touch(values, [x, y]) {
  return values.with(Math.round(x * (values.length - 1)), y);
}

/** The whole curve: a point that is not drawn has the value of the nearest one that is; null where none is. */
export function whole(values) {
  const drawn = [...values.keys()].filter((k) => values[k] !== null);
  if (!drawn.length) return null;
  return values.map((_, k) => values[drawn.reduce((best, one) => (Math.abs(one - k) < Math.abs(best - k) ? one : best))]);
}

/** The value of a whole curve at an update between its ends; beyond them that of the end. */
export function drawnAt(values, [from, until], update) {
  const last = values.length - 1;
  const place = Math.min(last, Math.max(0, ((update - from) / (until - from)) * last));
  const k = Math.min(last - 1, Math.floor(place));
  return values[k] + (place - k) * (values[k + 1] - values[k]);
}

/** How far a whole curve and the real one, with the values y at the updates x, lie apart between the drawn ends: `mean`,
 * the mean distance; `end`, that at the last update; there `said` and `is`. Null where the real one has no point there. */
export function apart(values, span, x, y) {
  const inside = [...x.keys()].filter((i) => x[i] >= span[0] && x[i] <= span[1] && Number.isFinite(y[i]));
  if (!inside.length) return null;
  const far = inside.map((i) => Math.abs(drawnAt(values, span, x[i]) - y[i]));
  const last = inside.at(-1);
  const mean = far.reduce((sum, one) => sum + one, 0) / far.length;
  return { mean, end: far.at(-1), said: drawnAt(values, span, x[last]), is: y[last] };
}

/** The name of the chart that shows a curve (CURVES of teaching/lesson.py). */
export function chartOf(of) {
  return of.startsWith("gain") ? "gain" : of.startsWith("cost") ? "costs" : "error";
}

/** The real curve of this name: [updates, values]. */
export function realCurve({ points, measured }, of, n_layers) {
  if (of === "costs") {
    const layers = [...Array(n_layers).keys()].map((l) => points.get(`denoising/${l}`));
    return [points.get("update"), points.get("update").map((_, i) => layers.reduce((sum, column) => sum + column[i], 0))];
  }
  const layer = of.match(/\d+$/)?.[0];
  if (of.startsWith("cost")) return [points.get("update"), points.get(`denoising/${layer}`)];
  return [measured.get("eval_update"), measured.get(layer === undefined ? of : `gain/${layer}`)];
}

export class Sketch {
  // chart: the Chart. of, low, high, span: what is drawn (teaching/lesson.py), and its first and last update. values: a
  // value or null for each point. open: whether it can be drawn. moved(values): called after each stroke and press.
  constructor(chart, { of, low, high, span, values, open, moved }) {
    Object.assign(this, { chart, of, low, high, span, values, moved });
    this.color = chart.panel.color("drawn");
    if (open) this.build();
    chart.sketch = this;
    this.redraw();
  }

  redraw() {
    Object.assign(this.chart, { dirty: true, drawn: -Infinity });
  }

  get real() {
    const { feed, data } = this.chart.panel;
    return realCurve(feed, this.of, data.layers.length);
  }

  // --- in the chart

  frame(base, end) {
    // Has the axes of the layout `base` show the whole drawing: the updates up to `end`, and its heights with the real
    // curve's.
    const top = this.real[1].reduce((most, value) => (value > most ? value : most), this.high);
    this.log = base.yaxis.type === "log";
    const range = this.log ? [Math.log10(this.low > 0 ? this.low : top / LOWEST), Math.log10(top)] : [this.low, top];
    Object.assign(base.yaxis, { range, autorange: false, uirevision: `${base.yaxis.uirevision},${this.of},${this.span}` });
    if (!this.chart.panel.zoom) Object.assign(base.xaxis, { range: [0, end], autorange: false });
  }

  traces() {
    // The drawn curve once it is given, and a real curve that the chart has not: the sum of all costs.
    const { feed, data, zoom } = this.chart.panel;
    const found = [];
    if (this.of === "costs") {
      const [x, y] = thin(this.real, zoom);
      found.push({ key: "sum", name: data.texts["lesson.of.costs"], x, y, now: y.at(-1), line: { color: this.chart.panel.color("muted"), width: 3 } });
    }
    if (this.overlay) return found;
    const x = this.values.map((_, k) => updateOf(this.span, k, this.values.length));
    const now = drawnAt(this.values, this.span, feed.told?.update ?? 0);
    const marks = { mode: "lines+markers", marker: { symbol: "diamond", size: 7, color: this.color } };
    return [...found, { key: "drawn", name: data.texts["lesson.drawn"], x, y: this.values, now, ...marks, line: { color: this.color, width: 2.5, dash: "3px,4px" } }];
  }

  // --- drawing

  build() {
    // What a person draws on: it lies over the plot, beside the chart, as nothing inside an image is told.
    const { panel, element } = this.chart;
    const { texts } = panel.data;
    const words = { role: "group", "aria-label": fill(texts.named, { name: texts["lesson.drawn"], value: texts["lesson.keys"] }) };
    this.overlay = panel.element("div", "ll-sketch", undefined, words);
    this.overlay.style.setProperty("--ll-drawn", this.color);
    this.overlay.innerHTML = '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"><polyline/></svg>';
    this.hint = this.overlay.appendChild(panel.element("span", "ll-sketch-hint", texts["lesson.draw_here"]));
    this.points = this.values.map((_, k) => this.point(k));
    this.overlay.append(...this.points);
    this.overlay.addEventListener("pointerdown", (event) => this.begin(event));
    this.overlay.addEventListener("pointermove", (event) => this.drag(event));
    this.overlay.addEventListener("pointerup", (event) => this.end(event));
    this.overlay.addEventListener("pointercancel", () => (this.last = null));
    this.overlay.hidden = true; // until the chart has its place
    element.closest(".ll-card").append(this.overlay);
  }

  point(k) {
    // The point number k, which the arrow keys move.
    const { panel } = this.chart;
    const { texts, language } = panel.data;
    const name = fill(texts["lesson.at_update"], { n: count(Math.round(updateOf(this.span, k)), language) });
    const point = panel.element("div", "ll-sketch-point", undefined, {
      role: "slider", tabindex: k ? -1 : 0, "aria-label": name, "aria-orientation": "vertical", "aria-valuemin": this.low, "aria-valuemax": this.high,
    });
    point.style.left = `${(100 * k) / (POINTS - 1)}%`;
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
    else this.take(this.values.with(k, this.valueOf(this.shareOf(whole(this.values)?.[k]) + WAYS[event.key] / STEPS)));
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.overlay.setPointerCapture(event.pointerId);
    this.last = this.at(event);
    this.take(touch(this.values, this.last));
  }

  drag(event) {
    if (!this.last) return;
    const next = this.at(event);
    this.take(stroke(this.values, this.last, next));
    this.last = next;
  }

  end(event) {
    if (this.last) this.take(touch(this.values, this.at(event)));
    this.last = null;
  }

  at(event) {
    // The pointer's place: [share of the width, value].
    const { left, top, width, height } = this.overlay.getBoundingClientRect();
    return [Math.min(1, Math.max(0, (event.clientX - left) / width)), this.valueOf(1 - (event.clientY - top) / height)];
  }

  take(values) {
    const rounded = values.map((value) => value && Number(value.toPrecision(DIGITS)));
    if (JSON.stringify(rounded) === JSON.stringify(this.values)) return;
    this.values = rounded;
    this.show();
    this.moved(rounded);
  }

  // --- heights

  get heights() {
    // The ends of the chart's axis, logarithms on a logarithmic one.
    return this.chart.element.layout.yaxis.range;
  }

  valueOf(share) {
    const [low, high] = this.heights;
    const value = low + Math.min(1, Math.max(0, share)) * (high - low);
    return this.log ? 10 ** value : value;
  }

  shareOf(value = this.valueOf(0.5)) {
    const [low, high] = this.heights;
    return (Math.max(low, this.log ? Math.log10(value) : value) - low) / (high - low);
  }

  // --- showing

  place() {
    // Puts what a person draws on over the plot, as the chart was drawn last.
    if (!this.overlay) return;
    const { element, margin } = this.chart;
    const [left, right] = this.span.map((update) => this.chart.placeOf(update));
    this.overlay.hidden = left === undefined || right === undefined;
    if (this.overlay.hidden) return;
    const height = element.clientHeight - margin.t - margin.b;
    const place = { left: element.offsetLeft + left, top: element.offsetTop + margin.t, width: right - left, height };
    for (const [name, value] of Object.entries(place)) this.overlay.style[name] = `${value}px`;
    this.show();
  }

  show() {
    const drawn = whole(this.values);
    const shares = this.values.map((_, k) => this.shareOf(drawn?.[k]));
    const line = shares.map((share, k) => `${(100 * k) / (shares.length - 1)},${100 * (1 - share)}`);
    this.overlay.querySelector("polyline").setAttribute("points", drawn ? line.join(" ") : "");
    this.overlay.classList.toggle("ll-drawn", Boolean(drawn));
    this.hint.hidden = Boolean(drawn);
    for (const [k, point] of this.points.entries()) {
      point.style.bottom = `${100 * shares[k]}%`;
      point.setAttribute("aria-valuenow", drawn?.[k] ?? this.valueOf(0.5));
      point.setAttribute("aria-valuetext", drawn ? this.chart.say(drawn[k]) : this.chart.panel.data.texts["lesson.not_drawn"]);
    }
  }

  focus() {
    this.points?.find((one) => one.tabIndex === 0).focus({ preventScroll: true });
  }

  close() {
    this.overlay?.remove();
    if (this.chart.sketch === this) this.chart.sketch = null;
    this.redraw();
  }
}
