// Somebody else's run, to be looked at: its numbers, two charts and the strip of samples. Nothing here steers it.

import { Chart } from "./charts.js";
import { mounting } from "./mounting.js";
import { Panel } from "./panel.js";
import { drawStrip } from "./pictures.js";
import { pictureWords } from "./spoken.js";
import { samplesOf, stripBody } from "./strip.js";
import { costTraces, errorTraces } from "./traces.js";
import { count, format, formatPercent } from "./words.js";

const COUNTERS = ["test_error", "twin_error", "update"];

class WatchPanel extends Panel {
  shape() {
    return [this.data.layers, this.data.data, this.data.title];
  }

  get samples() {
    return samplesOf(this);
  }

  restyled() {
    this.verdictKey = null;
  }

  build() {
    const { texts, title } = this.data;
    this.verdictKey = null;
    this.canvases = {};
    this.behind = { earlier: () => [] }; // the charts have no earlier runs
    this.root.className = `ll-root ll-watch ll-is-${this.kind}`;
    for (const name of ["ladder", "twin"]) this.root.style.setProperty(`--ll-${name}`, this.theme[name]);
    const top = this.root.appendChild(this.element("div", "ll-top"));
    top.append(this.element("h3", "", title));
    const bar = top.appendChild(this.element("div", "ll-counters"));
    this.values = {};
    for (const name of COUNTERS) {
      const box = bar.appendChild(this.element("div", `ll-number ll-n-${name}`));
      box.append(this.element("span", "ll-label", texts[`counter.${name}.label`]));
      this.values[name] = box.appendChild(this.element("span", "ll-value", "–"));
    }
    top.append(this.buildLine(), this.progress);
    const grid = this.root.appendChild(this.element("div", "ll-grid"));
    grid.append(...["error", "costs", "strip"].map((name) => this.card(name)));
    const charts = [new Chart(this, "error", this.charts.error, errorTraces), new Chart(this, "costs", this.charts.costs, costTraces)];
    this.beginDrawing(charts, { strip: () => drawStrip(this) }, pictureWords(this));
  }

  build_error() {
    return this.chartBox("error");
  }

  build_costs() {
    return this.chartBox("costs");
  }

  build_strip() {
    return stripBody(this);
  }

  reason(told) {
    // What is wrong with the run. That it goes on, or that changes wait, is for whoever steers it.
    return this.spoilt(told) || (told.status === "finished" ? "" : this.stopped(told));
  }

  present(name) {
    const { layers, texts } = this.data;
    const last = (curves, key) => curves.get(key).at(-1);
    const each = (curves, key, write) => layers.map(({ symbol }, l) => `${symbol} ${write(last(curves, `${key}/${l}`))}`).join(" · ");
    if (name === "costs") return each(this.feed.points, "denoising", format);
    const percent = (key) => formatPercent(last(this.feed.measured, key), texts);
    return `${texts.ladder} ${percent("test_error")} · ${texts.twin} ${percent("twin_error")}`;
  }

  tell() {} // the script has nothing that depends on this run

  counters() {
    const { texts, language } = this.data;
    const told = this.tellStatus();
    for (const name of COUNTERS) {
      const value = this.feed.measured.get(name).at(-1);
      this.values[name].textContent = name === "update" ? (told ? count(told.update, language) : "–") : formatPercent(value, texts);
    }
  }
}

export default mounting(WatchPanel);
