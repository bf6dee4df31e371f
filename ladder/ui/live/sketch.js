// A curve that a person draws into a chart as a prediction: by mouse or finger, or point by point with the arrow keys.

import { CurvePad, POINTS, touch, whole } from "./curve_pad.js";
import { thin } from "./curves.js";
import { count, fill } from "./words.js";

const STEPS = 50; // of the axis: what an arrow key moves a point
const DIGITS = 3; // of a drawn value
const LOWEST = 1000; // times below its top a logarithmic axis begins

/** The update of a curve's point number k of n. span: the curve's first and last update. */
export function updateOf([from, until], k, n = POINTS) {
  return from + (k * (until - from)) / (n - 1);
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

export class Sketch extends CurvePad {
  // chart: the Chart. of, low, high, span: what is drawn (teaching/lesson.py), and its first and last update. values: a
  // value or null for each point. open: whether it can be drawn. moved(values): called after each stroke and press.
  constructor(chart, { of, low, high, span, values, open, moved }) {
    super(values, STEPS);
    Object.assign(this, { chart, of, low, high, span, moved });
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
    this.hear(this.overlay, this.values.map((_, k) => this.point(k)));
    this.overlay.hidden = true; // until the chart has its place
    element.closest(".ll-card").append(this.overlay);
  }

  point(k) {
    // The point number k, which the arrow keys move.
    const { panel } = this.chart;
    const { texts, language } = panel.data;
    const name = fill(texts["lesson.at_update"], { n: count(Math.round(updateOf(this.span, k)), language) });
    return panel.element("div", "ll-sketch-point", undefined, {
      role: "slider", tabindex: k ? -1 : 0, "aria-label": name, "aria-orientation": "vertical", "aria-valuemin": this.low, "aria-valuemax": this.high,
    });
  }

  end(event) {
    if (this.last) this.take(touch(this.values, this.at(event)));
    super.end();
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
