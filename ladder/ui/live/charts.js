// A chart over updates. Its layout comes from ladder/ui/layouts.py. This module adds numbers, colours and markers.

import { Legend } from "./legend.js";
import { markers } from "./markers.js";
import { format, formatGain, formatPercent } from "./words.js";

const [FONT, LARGE] = [14, 24]; // px of text; in a card over the whole window it is read from the last row
const PRESENTED = 80; // of the window's width for each px of text while the page is shown to a class, LARGE at most
const BOLD = 1.6; // times the lines' width there
const SMALL = 260; // px of height, below which a chart in text of FONT has room for its curves alone

export class Chart {
  // traces(panel): the Plotly traces over updates. Each also has a `key`; `now`, its value in the legend; `off`, whether
  // it is hidden until its legend is pressed; `silent`, whether it has no entry in the legend; `earlier`, the same curve
  // of earlier runs ({x, y, color}); and `whole`, all of its values where `y` has a part of them. heights(traces), where
  // there is one: the range of the y axis, [low, high], until a person zooms. `drawn`: the clock at the last drawing (ms).
  // `dirty`: whether to draw again.
  constructor(panel, name, element, traces, heights) {
    Object.assign(this, { panel, name, element, traces, heights, drawn: 0, dirty: true, toggled: {} });
    this.sketch = null; // the Sketch of a curve that a person predicts
    this.legend = new Legend(this, element.nextElementSibling);
  }

  layout(traces) {
    // The Plotly layout for these traces.
    const { panel } = this;
    const size = this.size;
    const base = structuredClone(panel.data.layouts[this.name]);
    const grid = { gridcolor: panel.color("grid"), linecolor: panel.color("border"), tickfont: { size } };
    for (const axis of ["xaxis", "yaxis"]) Object.assign(base[axis], grid);
    if (size === LARGE) {
      base.margin = { l: 110, r: 32, t: 44, b: 76 };
      for (const axis of [base.xaxis, base.yaxis]) axis.title.font = { size };
    }
    // All charts of the panel share one zoom. By its revision a chart takes it from here, not from its last click.
    base.xaxis.uirevision = JSON.stringify(panel.zoom);
    base.yaxis.uirevision = [base.yaxis.uirevision, panel.data.run, panel.beginnings].join();
    if (this.element.clientHeight < (SMALL * size) / FONT) { // the card's title says what stands on the axes
      const em = size / FONT;
      base.margin = { l: 52 * em, r: 20 * em, t: 22 * em, b: 22 * em }; // right: half of the last number
      for (const axis of [base.xaxis, base.yaxis]) axis.title = { text: "" };
      base.yaxis.nticks = 4;
    }
    if (this.heights) Object.assign(base.yaxis, { range: this.heights(traces), autorange: false });
    if (panel.zoom) Object.assign(base.xaxis, { range: [...panel.zoom], autorange: false });
    const end = Math.max(1, this.sketch?.span[1] ?? 0, ...traces.flatMap(({ x }) => x.findLast((update) => update !== null) ?? []));
    this.sketch?.frame(base, end);
    if (matchMedia("(pointer: coarse)").matches) base.dragmode = false; // a finger on a chart scrolls the page
    this.margin = base.margin;
    return {
      ...base, ...markers(panel, end, this.element.clientWidth - base.margin.l - base.margin.r, size), hovermode: false,
      font: { family: panel.font, size, color: panel.color("text") },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
    };
  }

  curves() {
    // The traces with a drawn curve, where there is one.
    return [...this.traces(this.panel), ...(this.sketch?.traces() ?? [])];
  }

  get size() {
    // px of text.
    if (this.element.closest(".ll-full")) return LARGE;
    return this.element.closest(".ll-present") ? Math.round(Math.min(LARGE, Math.max(FONT, window.innerWidth / PRESENTED))) : FONT;
  }

  shown(trace) {
    return this.toggled[trace.key] ?? !trace.off;
  }

  toggle(trace) {
    this.toggled[trace.key] = !this.shown(trace);
    this.dirty = true;
    this.drawn = 0;
  }

  async draw() {
    // Draws the present numbers; Plotly must be loaded.
    this.dirty = false;
    const { Plotly } = window;
    const traces = this.curves().map((trace) => ({
      mode: "lines", type: "scatter", ...trace, visible: this.shown(trace),
      line: { ...trace.line, width: trace.line.width * (this.size > FONT ? BOLD : 1) },
    }));
    this.drawnTraces = traces;
    // Plotly's own buttons and tips are in English only. Dragging and double-clicking need neither.
    const config = { displayModeBar: false, showTips: false, doubleClick: "autosize" };
    await Plotly.react(this.element, traces, this.layout(traces), config);
    if (!this.listens) this.listen();
    this.panel.crosshair.draw(this);
    this.sketch?.place();
    this.drawn = performance.now();
  }

  // --- the crosshair's questions

  get span() {
    // The updates at the plot's edges.
    return this.element.layout.xaxis.range;
  }

  updateAt(clientX) {
    // The update at a place of the window, undefined beside the plot.
    if (!this.drawnTraces) return undefined;
    const { left, width } = this.element.getBoundingClientRect();
    const share = (clientX - left - this.margin.l) / (width - this.margin.l - this.margin.r);
    return share < 0 || share > 1 ? undefined : this.span[0] + share * (this.span[1] - this.span[0]);
  }

  placeOf(update) {
    // The place of an update in pixels from the chart's left edge, undefined beside the plot.
    const share = (update - this.span[0]) / (this.span[1] - this.span[0]);
    if (!(share >= 0 && share <= 1)) return undefined;
    return this.margin.l + share * (this.element.clientWidth - this.margin.l - this.margin.r);
  }

  say(value) {
    // A value of this chart as text.
    if (this.name === "error" || (this.name === "costs" && this.panel.data.view.costs === "share")) return formatPercent(value, this.panel.data.texts);
    return this.name === "gain" ? formatGain(value) : format(value);
  }

  listen() {
    this.listens = true;
    this.element.on("plotly_relayout", (change) => {
      if ("xaxis.range[0]" in change) this.panel.zoomTo([change["xaxis.range[0]"], change["xaxis.range[1]"]]);
      else if (change["xaxis.autorange"]) this.panel.zoomTo(null);
    });
  }
}
