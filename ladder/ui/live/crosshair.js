// One crosshair over all time charts of a panel: a line at the update under the pointer, the values of that update in
// the legends, and beside the pointer a table of the chart under it, with the earlier runs in columns of their own. It is
// drawn here, as Plotly's own labels cover a small chart, end at its edge, and cost a redraw much.

import { count } from "./words.js";

const GAP = 18; // px between the pointer and the table
const BESIDE = 0.01; // of the width: how far beyond its ends a curve still has a value

export class Crosshair {
  // panel: the Panel. charts: its Charts.
  constructor(panel, charts) {
    Object.assign(this, { panel, charts, at: undefined });
    for (const chart of charts) {
      const { element } = chart;
      element.addEventListener("pointermove", (event) => this.move(chart, event));
      element.addEventListener("pointerdown", (event) => this.move(chart, event));
      element.addEventListener("pointerleave", () => this.show(undefined));
    }
  }

  move(chart, event) {
    const x = event.buttons && event.pointerType === "mouse" ? undefined : chart.updateAt(event.clientX); // a drag zooms
    this.pointer = { chart, x: event.clientX, y: event.clientY };
    this.show(x);
  }

  show(x) {
    // Shows the update x, or nothing for undefined.
    this.at = x;
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      for (const chart of this.charts) this.draw(chart);
    });
  }

  draw(chart) {
    // Shows the crosshair on one chart as its curves are now.
    if (!chart.drawnTraces) return;
    const left = this.at === undefined ? undefined : chart.placeOf(this.at);
    chart.line ??= chart.element.appendChild(this.panel.element("div", "ll-crosshair"));
    chart.line.hidden = left === undefined;
    if (left !== undefined) {
      const { t, b } = chart.margin;
      Object.assign(chart.line.style, { left: `${left}px`, top: `${t}px`, bottom: `${b}px` });
    }
    chart.legend.update(chart.drawnTraces, this.at);
    if (this.pointer?.chart === chart) this.tell(chart);
  }

  tell(chart) {
    // The table beside the pointer.
    this.box ??= this.panel.root.appendChild(this.panel.element("div", "ll-readout", undefined, { "aria-hidden": "true" }));
    this.box.hidden = this.at === undefined;
    if (this.box.hidden) return;
    const { texts, language } = this.panel.data;
    const traces = chart.drawnTraces.filter((trace) => trace.visible && !trace.silent);
    const earlier = traces.find((trace) => trace.earlier)?.earlier ?? [];
    const table = this.panel.element("table");
    const head = table.appendChild(this.panel.element("tr"));
    head.append(this.panel.element("th", "", `${texts["axis.update"]} ${count(Math.round(this.at), language)}`));
    if (earlier.length) head.append(this.panel.element("th", "", texts["runs.in_view"]), ...earlier.map(({ color }) => this.swatch(color)));
    for (const trace of traces) {
      const row = table.appendChild(this.panel.element("tr"));
      const name = row.appendChild(this.panel.element("th", "", trace.short || trace.name));
      name.style.setProperty("--ll-line", trace.line.color);
      const values = [valueAt(trace, this.at), ...(trace.earlier ?? []).map((one) => valueAt(one, this.at))];
      row.append(...values.map((value) => this.panel.element("td", "", chart.say(value))));
    }
    this.box.replaceChildren(table);
    const { width, height } = this.box.getBoundingClientRect();
    const { x, y } = this.pointer;
    const right = x + GAP + width < window.innerWidth;
    const top = Math.max(4, Math.min(y - height / 2, window.innerHeight - height - 4));
    Object.assign(this.box.style, { left: `${right ? x + GAP : Math.max(4, x - GAP - width)}px`, top: `${top}px` });
  }

  swatch(color) {
    const cell = this.panel.element("th");
    cell.append(this.panel.element("span", "ll-run-swatch"));
    cell.firstChild.style.background = color;
    return cell;
  }
}

export function valueAt({ x, y, whole = y }, update) {
  // A curve's value at the point nearest to an update; undefined where the curve does not reach it. `whole`: the values
  // of which `y` are a part.
  const last = x.length - 1;
  if (last < 0) return undefined;
  const slack = BESIDE * (x[last] - x[0]);
  if (update < x[0] - slack || update > x[last] + Math.max(slack, 0.5)) return undefined;
  let [low, high] = [0, last];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] < update) low = middle + 1;
    else high = middle;
  }
  const before = Math.max(0, low - 1);
  return whole[update - x[before] < x[low] - update ? before : low];
}
