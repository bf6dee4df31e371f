// Decides when charts and pictures are drawn again.

import { loadPlotly } from "./plotly.js";

const REDRAW_MS = 400; // between two redraws of one chart
const AGAIN_MS = 2000; // after a failed loading of Plotly
const SHARE = 0.35; // of the browser's main thread that drawing charts may take
const FRAME_MS = 50; // of drawing in one frame, at most: as much as fits, as each frame costs the browser much besides

export class Drawer {
  // Draws what is stale, visible and due, as much as fits a frame, and then rests in proportion to the time that this
  // took: a slow machine draws less often and answers clicks as quickly. Where something was never drawn, as on a page
  // that is being opened, there is no rest.
  constructor(charts, pictures, figures) {
    // charts: Charts. pictures, a list, and figures, one: {element, draw(), drawn, dirty, every}, the last in ms.
    Object.assign(this, { charts, pictures, figures });
    const all = [figures, ...charts, ...pictures];
    this.visible = new Set();
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) this.visible.add(entry.target);
        else this.visible.delete(entry.target);
      }
    });
    this.sizes = new ResizeObserver((entries) => {
      const resized = new Set(entries.map((entry) => entry.target));
      this.stale(all.filter((one) => resized.has(one.element)));
    });
    for (const one of all) {
      this.observer.observe(one.element);
      this.sizes.observe(one.element);
    }
    this.timer = setInterval(() => this.tick(), 40);
    this.rest = this.again = 0;
  }

  stale(kinds) {
    // Has these charts, pictures or figures drawn again when they are due.
    for (const one of kinds) one.dirty = true;
  }

  fetchPlotly(now) {
    // Plotly is half of an opening's bytes. On a slow line the first numbers would come behind it, so it waits for them.
    if (window.Plotly || this.figures.drawn < 0 || now < this.again) return;
    this.again = now + AGAIN_MS;
    loadPlotly().catch(() => {});
  }

  async tick() {
    const now = performance.now();
    this.fetchPlotly(now);
    if (this.busy || document.hidden || now < this.rest) return;
    const due = [this.figures, ...(window.Plotly ? this.charts : []), ...this.pictures] // these do not wait for Plotly
      .filter((one) => one.dirty && this.visible.has(one.element) && now - one.drawn > (one.every || REDRAW_MS))
      .toSorted((a, b) => a.drawn - b.drawn);
    if (!due.length) return;
    this.busy = true;
    const first = due[0].drawn <= 0;
    let cost = 0;
    for (const one of due) {
      if (cost && cost + (one.cost || 0) > FRAME_MS) break;
      const start = performance.now();
      await this.attempt(one);
      one.cost = performance.now() - start;
      cost += one.cost;
    }
    this.busy = false;
    if (first) setTimeout(() => this.tick());
    else this.rest = performance.now() + Math.min(REDRAW_MS, cost * (1 / SHARE - 1));
  }

  drawAll() {
    // Draws everything now, what is out of sight too. Nothing waits in between, so that all is there when this returns.
    for (const one of [this.figures, ...(window.Plotly ? this.charts : []), ...this.pictures]) this.attempt(one);
  }

  async attempt(one) {
    try {
      await one.draw();
    } catch (error) {
      one.dirty = false; // the next numbers try again
      console.error(error);
    }
  }

  close() {
    clearInterval(this.timer);
    this.observer.disconnect();
    this.sizes.disconnect();
    for (const chart of this.charts) window.Plotly?.purge(chart.element);
  }
}
