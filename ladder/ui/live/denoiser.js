// The card of one unit's combinator: z_hat = g(z_tilde, u) over z_tilde for several u, with the points of the probe, the
// line of copying, the best denoiser of a Gaussian, and the formula with the unit's own numbers.

import { fill, format } from "./words.js";

const CURVE_DASHES = ["dot", "dash", "solid", "longdash", "dashdot"]; // from the least u to the largest

export class Denoiser {
  constructor(panel) {
    this.panel = panel;
    const { texts } = panel.data;
    const button = (text, by, label) => {
      const made = panel.element("button", "ll-button", text, { type: "button", title: label, "aria-label": label });
      made.addEventListener("click", () => this.step(by));
      return made;
    };
    const choice = panel.element("div", "ll-sample-choice");
    this.name = panel.element("span", "ll-sample-name", "", { role: "status" });
    choice.append(button("◀", -1, texts["unit.before"]), this.name, button("▶", 1, texts["unit.after"]));
    this.chart = panel.element("div", "ll-chart", undefined, { role: "img", "aria-label": texts["card.combinator.title"] });
    this.key = panel.element("p", "ll-unit-key");
    this.formula = panel.element("p", "ll-formula");
    this.elements = [choice, this.chart, this.key, this.formula];
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
    if (layer !== panel.look.layer || unit !== panel.look.unit || !window.Plotly) return; // the answer is on its way
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
    const values = Object.fromEntries(a.map((value, k) => [`a${k + 1}`, signed(value)]));
    const formula = this.panel.data.texts[`formula.${combinator}`];
    return formula ? fill(formula, values) : a.map((value, k) => `a${k + 1} = ${signed(value)}`).join("   ");
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

function signed(value) {
  return format(value).replace("-", "−");
}
