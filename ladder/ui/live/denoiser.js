// The card of one unit's combinator: z_hat = g(z_tilde, u) over z_tilde for several u, with the points of the probe, the
// line of copying, the best denoiser of a Gaussian, and the formula with the unit's own numbers.

import { loadPlotly } from "./plotly.js";
import { fill, format, formatSigned } from "./words.js";

const CURVE_DASHES = ["dot", "dash", "solid", "longdash", "dashdot"]; // from the least u to the largest

export class Denoiser {
  constructor(panel) {
    this.panel = panel;
    const { texts } = panel.data;
    const button = (text, by, label) => panel.button(text, () => this.step(by), label);
    const choice = panel.element("div", "ll-sample-choice");
    this.name = panel.element("span", "ll-sample-name", "", { role: "status" });
    choice.append(button("◀", -1, texts["unit.before"]), this.name, button("▶", 1, texts["unit.after"]));
    this.chart = panel.element("div", "ll-chart", undefined, { role: "img", "aria-label": texts["card.combinator.title"] });
    this.key = panel.element("p", "ll-unit-key");
    this.formula = panel.element("p", "ll-formula");
    this.others = panel.element("div", "ll-help ll-cases", undefined, { popover: "auto", role: "dialog", tabindex: "-1" });
    const all = panel.element("button", "ll-button", texts["unit.all"], { type: "button" });
    all.addEventListener("click", () => this.ask());
    this.elements = [choice, this.chart, this.key, this.formula, all, this.others];
  }

  step(by) {
    const { look, data } = this.panel;
    const n = data.layers[look.layer].width;
    this.panel.see({ unit: (look.unit + by + n) % n });
  }

  show() {
    const { look, data } = this.panel;
    this.name.textContent = fill(data.texts["unit.named"], { unit: look.unit + 1, n: data.layers[look.layer].width, layer: data.layers[look.layer].label });
  }

  async draw() {
    const { panel } = this;
    const { header, arrays } = panel.feed.inside;
    const { layer, unit } = header.unit;
    if (layer !== panel.look.layer || unit !== panel.look.unit) return; // the answer is on its way
    await loadPlotly();
    const { texts, layouts } = panel.data;
    const of = (name) => [...arrays[`unit/${name}`]];
    const grid = of("grid");
    const levels = of("curve_u");
    const curves = of("curves_bn");
    const color = panel.color("layers", layer);
    const line = (name, y, look) => ({ name, x: grid, y, mode: "lines", type: "scatter", hoverinfo: "skip", line: look });
    const traces = [
      { name: "points", x: of("z_tilde"), y: of("z_hat_bn"), mode: "markers", type: "scatter", hoverinfo: "skip", marker: { color: panel.color("muted"), size: 4, opacity: 0.55 } },
      line("copy", grid, { color: panel.color("muted"), width: 1.5, dash: "2px,5px" }),
      line("optimal", of("optimal"), { color: panel.color("ladder"), width: 2.5, dash: "10px,4px" }),
      ...levels.map((_, k) => line(`u${k}`, curves.slice(k * grid.length, (k + 1) * grid.length), { color, width: 2, dash: CURVE_DASHES[k] })),
    ];
    const axis = { gridcolor: panel.color("grid"), linecolor: panel.color("border"), zerolinecolor: panel.color("border"), fixedrange: true };
    const base = structuredClone(layouts.combinator);
    const layout = {
      ...base, xaxis: { ...base.xaxis, ...axis }, yaxis: { ...base.yaxis, ...axis },
      font: { family: panel.font, size: 14, color: panel.color("text") }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
    };
    await window.Plotly.react(this.chart, traces, layout, { displayModeBar: false, showTips: false, doubleClick: false });
    this.key.replaceChildren(
      this.keyed("ll-key-points", "", texts["unit.points"]), this.keyed("ll-key-copy", panel.color("muted"), texts["unit.copy"]),
      this.keyed("ll-key-optimal", panel.color("ladder"), texts["unit.optimal"]),
      this.keyed("ll-key-curves", color, fill(texts["unit.curves"], { low: format(levels[0]), high: format(levels.at(-1)) })),
    );
    this.formula.textContent = this.filledIn(header.unit.combinator, of("parameters"));
  }

  keyed(className, color, text) {
    const { panel } = this;
    const box = panel.element("span", className);
    const mark = box.appendChild(panel.element("i", ""));
    mark.style.borderColor = color;
    box.append(text);
    return box;
  }

  filledIn(combinator, a) {
    // The combinator's formula with the unit's numbers, or the numbers alone where it has none in words.
    const values = Object.fromEntries(a.map((value, k) => [`a${k + 1}`, formatSigned(value)]));
    const formula = this.panel.data.texts[`formula.${combinator}`];
    return formula ? fill(formula, values) : a.map((value, k) => `a${k + 1} = ${formatSigned(value)}`).join("   ");
  }

  // --- all combinators side by side

  ask() {
    const { feed, look, data } = this.panel;
    this.others.replaceChildren(this.panel.element("p", "", data.texts["unit.waiting"]));
    this.others.showPopover();
    feed.say({ combinators: [look.layer, look.unit], language: data.language });
  }

  compare({ header, arrays }) {
    // Shows what each combinator could do for the unit, the best first.
    const { panel } = this;
    const { texts, layers } = panel.data;
    if (header.refusal) {
      this.others.replaceChildren(panel.element("p", "", header.refusal));
      return;
    }
    const words = { unit: header.unit + 1, n: layers[header.layer].width, layer: layers[header.layer].label };
    const order = header.combinators.map((_, k) => k).toSorted((a, b) => arrays.errors[a] - arrays.errors[b]);
    const list = panel.element("ul", "ll-small-charts");
    list.append(...order.map((k) => this.small(header.combinators[k], k, header, arrays)));
    const numbers = { own: arrays.own_error[0], copy: arrays.copy_error[0], optimal: arrays.optimal_error[0] };
    const told = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, format(value)]));
    this.others.replaceChildren(
      panel.element("p", "ll-help-title", fill(texts["unit.all_of"], words)),
      panel.element("p", "", fill(texts["unit.all_about"], told)), list,
    );
    this.others.focus();
  }

  small(name, k, header, arrays) {
    // One combinator's three curves, its name and its error.
    const { panel } = this;
    const { texts } = panel.data;
    const n = arrays.grid.length;
    const curves = [0, 1, 2].map((i) => arrays.curves.subarray((3 * k + i) * n, (3 * k + i + 1) * n));
    const item = panel.element("li", name === header.combinator ? "ll-own" : "");
    item.innerHTML = smallChart(arrays.grid, curves, panel.color("layers", header.layer), panel.color("border"));
    item.append(panel.element("b", "", texts[`combinator.${name}`]), panel.element("span", "", format(arrays.errors[k])));
    return item;
  }

  words() {
    // What the card shows, for those who do not see it.
    const inside = this.panel.feed.inside;
    if (!inside) return undefined;
    const { texts } = this.panel.data;
    const [z, z_tilde, z_hat] = ["z", "z_tilde", "z_hat_bn"].map((name) => inside.arrays[`unit/${name}`]);
    const off = (values) => values.reduce((sum, value, i) => sum + (value - z[i]) ** 2, 0) / z.length;
    return fill(texts["unit.says"], { noisy: format(off(z_tilde)), restored: format(off(z_hat)) });
  }

  close() {
    window.Plotly?.purge(this.chart);
  }
}

/** An SVG of curves over `grid`, in the same box for both axes, with lines through 0. */
export function smallChart(grid, curves, color, line) {
  const [low, high] = [Math.min(-1, grid[0]), Math.max(1, grid.at(-1))];
  const place = (value) => (100 * (Math.min(high, Math.max(low, value)) - low)) / (high - low);
  const path = (curve) => [...curve].map((y, i) => `${place(grid[i]).toFixed(1)},${(100 - place(y)).toFixed(1)}`).join(" ");
  const zero = place(0).toFixed(1);
  const axes = `<path d="M${zero} 0V100M0 ${(100 - zero).toFixed(1)}H100" stroke="${line}" fill="none"/>`;
  const lines = curves.map((curve, k) => `<polyline points="${path(curve)}" fill="none" stroke="${color}" stroke-width="2.5" stroke-dasharray="${["3 3", "", "9 4"][k]}"/>`);
  return `<svg viewBox="0 0 100 100" aria-hidden="true">${axes}${lines.join("")}</svg>`;
}
