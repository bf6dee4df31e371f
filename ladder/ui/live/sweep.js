// The panel of a sweep: a chart of its errors, and the learning curves of the best, the picked and the hovered cell.

import { Board } from "./board.js";
import { rgb } from "./colors.js";
import { mounting } from "./mounting.js";
import { loadPlotly } from "./plotly.js";
import { ROW, sweepDots, sweepLines, sweepMap } from "./sweep_charts.js";
import { fill, formatPercent } from "./words.js";

const LOOKED = ["best", "picked", "under"]; // the cells whose learning curves are drawn

class Sweep extends Board {
  shape() {
    return [];
  }

  build() {
    this.root.className = "ll-root ll-sweep";
    const grid = this.root.appendChild(this.element("div", "ll-grid"));
    grid.append(this.card("errors"), this.card("curves"));
    this.sizes = new ResizeObserver(() => this.updated());
    for (const chart of Object.values(this.charts)) this.sizes.observe(chart);
    this.charts.errors.nextElementSibling.classList.add("ll-key");
  }

  build_errors() {
    return this.chartBox("errors");
  }

  build_curves() {
    this.looked = this.element("div", "ll-looked");
    return [...this.chartBox("curves"), this.looked];
  }

  dismantle() {
    this.sizes?.disconnect();
    for (const chart of Object.values(this.charts || {})) window.Plotly?.purge(chart);
    this.listens = false;
  }

  close() {
    super.close();
    this.dismantle();
  }

  redraw() {
    this.updated();
  }

  updated() {
    this.stale = true;
    this.draw();
  }

  // --- the cells

  get measure() {
    return this.data.view.measure;
  }

  find(words) {
    // The cell with these words, one for each axis; undefined or null where there is none.
    return words && this.data.cells.find((cell) => JSON.stringify(cell.words) === JSON.stringify(words));
  }

  get best() {
    // The best cell among those with the given values (ladder/experiments/summaries.py), such as a label budget, of the
    // hovered or picked cell. Without such a cell, the last of the best cells.
    const looked = this.under || this.picked;
    const given = (cell) => JSON.stringify(cell.words.filter((_, i) => this.data.axes[i].given));
    const bests = this.data.cells.filter((cell) => cell.choice === "best");
    return bests.find((cell) => looked && given(cell) === given(looked)) || bests[bests.length - 1];
  }

  get under() {
    // The cell under the pointer.
    return this.find(this.hovered);
  }

  get picked() {
    return this.find(this.data.picked);
  }

  title(cell) {
    return cell.words.map((word, i) => `${this.data.axes[i].label} ${this.wordLabel(i, word)}`).join(" · ");
  }

  wordLabel(i, word) {
    return this.data.axes[i].labels[word] ?? word;
  }

  errorText(cell, measure = this.measure) {
    // A cell's mean error and 95 % interval in per cent.
    const { mean, low, high } = cell[measure];
    if (mean === null) return this.data.texts.diverged;
    const interval = low === null ? "" : ` [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}]`;
    return formatPercent(mean, this.data.texts) + interval;
  }

  present(name) {
    const { texts } = this.data;
    const shown = this.picked || this.best;
    if (!shown) return texts.nothing;
    return name === "curves" ? this.title(shown) : fill(texts.named, { name: this.title(shown), value: this.errorText(shown) });
  }

  // --- drawing

  async draw() {
    // Draws both charts, again at the end if that was asked for meanwhile.
    if (this.drawing) {
      this.again = true;
      return;
    }
    this.drawing = true;
    try {
      const Plotly = await loadPlotly();
      if (this.charts.errors.isConnected) {
        if (this.stale) await this.drawErrors(Plotly);
        await this.drawCurves(Plotly);
      }
    } finally {
      this.drawing = false;
    }
    if (this.again) {
      this.again = false;
      this.draw();
    }
  }

  layout(x, y, more = {}) {
    const axis = { gridcolor: this.color("grid"), linecolor: this.color("border"), tickfont: { size: 14 }, zeroline: false, automargin: true };
    const titled = (one) => ({ ...axis, ...one, title: { font: { size: 15 }, standoff: 8, ...one.title } });
    return {
      margin: { l: 60, r: 16, t: 12, b: 48 }, font: { family: this.font, size: 14, color: this.color("text") },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true, showlegend: false, dragmode: false,
      hoverlabel: { bgcolor: this.color("background"), font: { size: 14, color: this.color("text") } },
      xaxis: titled(x), yaxis: titled(y), ...more,
    };
  }

  async drawErrors(Plotly) {
    // Only with new data, and not as the pointer moves: a chart drawn between a press and its release loses the click.
    this.stale = false;
    const chart = this.charts.errors;
    const { kind } = this.data.view;
    chart.style.flexBasis = kind === "dots" ? `${Math.max(400, 110 + ROW * this.data.axes[0].words.length)}px` : "";
    const { traces, layout } = kind === "map" ? sweepMap(this) : kind === "dots" ? sweepDots(this) : sweepLines(this);
    await Plotly.react(chart, traces, layout, { displayModeBar: false, showTips: false });
    chart.nextElementSibling.textContent = this.data.texts[`key.${kind}`];
    if (this.listens) return;
    this.listens = true;
    const cellOf = (event) => this.data.cells[event.points.find((point) => Number.isInteger(point.customdata))?.customdata];
    chart.on("plotly_hover", (event) => this.look(cellOf(event)?.words));
    chart.on("plotly_unhover", () => this.look(null));
    chart.on("plotly_click", (event) => {
      const cell = cellOf(event);
      if (!cell) return;
      // A finger cannot point without pressing: its first tap shows the cell, and the second opens it.
      if (!matchMedia("(pointer: coarse)").matches || cell === this.picked) open(cell.address, "_blank", "noopener");
      this.tell("picked", cell.words);
    });
  }

  look(words) {
    this.hovered = words;
    this.draw();
  }

  async drawCurves(Plotly) {
    const { texts } = this.data;
    for (const name of ["errors", "curves"]) {
      const said = fill(texts.named, { name: texts[`card.${name}.title`], value: this.present(name) });
      this.charts[name].setAttribute("aria-label", said);
    }
    const shown = new Map(); // each cell once, under the first of its names in LOOKED
    for (const name of LOOKED) {
      const cell = this[name];
      if (cell && ![...shown.values()].includes(cell)) shown.set(name, cell);
    }
    const traces = [...shown].flatMap(([name, cell]) => sweepCurve(this, LOOKED.indexOf(name), cell));
    const empty = !traces.some(({ x }) => x.length);
    const x = { title: { text: texts["axis.update"] }, rangemode: "tozero", nticks: 6, ...(empty && { range: [0, 1000] }) };
    const y = { title: { text: texts["axis.validation_error"] }, tickformat: ".0%", rangemode: "tozero", ...(empty && { range: [0, 1] }) };
    const layout = this.layout(x, y, { hovermode: "x unified" });
    await Plotly.react(this.charts.curves, traces, layout, { displayModeBar: false, showTips: false });
    this.looked.replaceChildren(...[...shown].map(([name, cell]) => this.describe(name, cell)));
  }

  describe(name, cell) {
    // A paragraph on a cell: its errors, and those of each seed.
    const { texts } = this.data;
    const box = this.element("p", "ll-looked-at");
    const mark = box.appendChild(this.element("b", "", `${texts[`looked.${name}`]} `));
    mark.style.color = this.color("classes", LOOKED.indexOf(name));
    const each = cell.per_seed[this.measure].map((error) => (error === null ? "∞" : (100 * error).toFixed(1))).join(", ");
    const errors = Object.fromEntries(["validation_error", "test_error"].map((one) => [one, this.errorText(cell, one)]));
    box.append(fill(texts.looked_at, { cell: this.title(cell), ...errors }), " ");
    box.append(this.element("span", "ll-note", fill(texts.each, { n: cell.seeds.length, each })));
    return box;
  }
}

function sweepCurve(sweep, c, cell) {
  // The traces of a cell's learning curve, with the extremes over the seeds as a band behind it.
  const { update, mean, low, high } = cell.curve;
  const color = sweep.color("classes", c);
  const [r, g, b] = rgb(color);
  const band = {
    type: "scatter", x: [...update, ...[...update].reverse()], y: [...high, ...[...low].reverse()], fill: "toself", mode: "lines",
    line: { width: 0 }, fillcolor: `rgba(${r},${g},${b},0.15)`, hoverinfo: "skip",
  };
  const line = {
    type: "scatter", mode: "lines", x: update, y: mean, name: sweep.title(cell), hovertemplate: "%{y:.1%}",
    line: { color, width: 2.8, dash: sweep.theme.dashes[c] },
  };
  return [band, line];
}

export default mounting(Sweep);
