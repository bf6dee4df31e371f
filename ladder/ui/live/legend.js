// A chart's legend in HTML: each curve's line, name and present value. Pressing an entry shows or hides the curve.

import { valueAt } from "./crosshair.js";

export const DASH_PIXELS = { solid: "", dash: "8,5", dot: "2,3", dashdot: "8,4,2,4", longdash: "13,6", longdashdot: "13,4,2,4" };

export class Legend {
  constructor(chart, box) {
    Object.assign(this, { chart, box, items: new Map() });
  }

  update(all, at) {
    // Shows the values `now` of the traces, or those at the update `at`, and builds the entries anew where keys, names or
    // looks have changed. A `silent` trace has no entry: it is a part of another one's curve, or an earlier run's.
    const traces = all.filter((trace) => !trace.silent);
    const looks = JSON.stringify(traces.map(({ key, name, line, visible }) => [key, name, line, visible]));
    if (looks !== this.looks) this.build(traces);
    this.looks = looks;
    for (const trace of traces) {
      const text = this.chart.say(at === undefined ? trace.now : valueAt(trace, at));
      const item = this.items.get(trace.key);
      if (item.textContent !== text) item.textContent = text;
    }
  }

  build(traces) {
    // The focused entry is looked up by its key afterwards, so that the keyboard's focus survives.
    const focused = document.activeElement?.dataset?.series;
    this.items.clear();
    this.box.replaceChildren(...traces.map((trace) => this.item(trace)));
    if (focused) this.box.querySelector(`[data-series="${focused}"]`)?.focus({ preventScroll: true });
  }

  item(trace) {
    const { panel } = this.chart;
    const button = panel.element("button", "ll-series", undefined, { type: "button", "aria-pressed": String(trace.visible) });
    button.dataset.series = trace.key;
    button.innerHTML = '<svg width="26" height="12" aria-hidden="true"><line x1="1" x2="25" y1="6" y2="6"/></svg>';
    const line = button.querySelector("line");
    const dash = trace.line.dash || "solid";
    line.setAttribute("stroke", trace.line.color);
    line.setAttribute("stroke-width", trace.line.width + 0.5);
    line.setAttribute("stroke-dasharray", DASH_PIXELS[dash] ?? dash.replaceAll("px", ""));
    button.append(panel.element("span", "", trace.short || trace.name));
    button.title = trace.name;
    this.items.set(trace.key, button.appendChild(panel.element("b", "", "–")));
    button.addEventListener("click", () => this.chart.toggle(trace));
    return button;
  }
}
