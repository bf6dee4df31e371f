// One update in slow motion: seven stages, each lit in the drawing with the real numbers of the run's next update. After the
// last stage the run makes that update, and the next one can be looked at.

import { fill, format } from "./words.js";

export const STAGES = ["noise", "corrupt", "encode", "decode", "costs", "gradients", "update"]; // training/stages.py
const NOTHING = 1e-9; // a mean that is 0 but for rounding
const SHOWN_MS = 4000; // of a stage while they play

/** The numbers of a stage as a table: {head, rows}, texts. `arrays` and `parameters`: as training/stages.py has them.
 * layers: the symbols of the layers. texts: the catalogue below inside. */
export function stageTable(stage, arrays, parameters, layers, texts) {
  const pair = (kind, l) => {
    const [mean, std] = arrays[`${kind}_summary/${l}`] ?? [];
    return fill(texts["slow.mean_std"], { mean: format(Math.abs(mean) < NOTHING ? 0 : mean), std: format(std) });
  };
  const byLayer = (head, kinds, of = layers) => ({
    head: [texts["slow.layer"], ...head],
    rows: of.map((symbol) => [symbol, ...kinds.map((kind) => pair(kind, layers.indexOf(symbol)))]),
  });
  if (stage === "noise") return byLayer([texts["slow.noise_of"]], ["noise"]);
  if (stage === "corrupt") return byLayer(["x", "x̃"], ["z", "z_tilde"], layers.slice(0, 1));
  if (stage === "encode") return byLayer(["z̃", "z"], ["z_tilde", "z"], layers.slice(1));
  if (stage === "decode") return byLayer(["u", "ẑ"], ["u", "z_hat_bn"]);
  if (stage === "costs") {
    const rows = layers.map((symbol, l) => [symbol, ...["denoising", "lambdas", "weighted"].map((name) => format(arrays[name][l]))]);
    rows.push([texts["slow.supervised"], format(arrays.supervised[0]), "", format(arrays.supervised[0])]);
    rows.push([texts["slow.objective"], "", "", format(arrays.objective[0])]);
    return { head: [texts["slow.layer"], "C", "λ", "λ C"], rows };
  }
  const [first, second] = stage === "gradients" ? ["gradient", "n_numbers"] : ["step", "theta"];
  const rows = parameters.map((name, p) => [name, format(arrays[first][p]), stage === "gradients" ? String(arrays[second][p]) : format(arrays[second][p])]);
  return { head: [texts["slow.parameter"], texts[`slow.${first}`], texts[`slow.${second}`]], rows };
}

export class Slow {
  // panel: the InsidePanel.
  constructor(panel) {
    Object.assign(this, { panel, at: null, found: null });
    const { texts } = panel.data;
    this.start = panel.button(texts["slow.start"], () => this.begin());
    this.back = panel.button("◀", () => this.go(this.at - 1), texts["slow.back"]);
    this.playing = panel.button("▶", () => this.play(!this.timer), texts["slow.play"]);
    this.next = panel.button("▶|", () => this.go(this.at + 1), texts["slow.next"]);
    this.end = panel.button(texts["slow.end"], () => this.leave());
    this.buttons = panel.element("div", "ll-slow-buttons", undefined, { role: "group", "aria-label": texts["card.motion.title"] });
    this.buttons.append(this.start, this.back, this.playing, this.next, this.end);
    this.steps = panel.element("ol", "ll-slow-steps");
    this.items = STAGES.map((name, i) => {
      const item = this.steps.appendChild(panel.element("li"));
      const step = item.appendChild(panel.element("button", "ll-slow-step", texts[`slow.${name}.name`], { type: "button" }));
      step.addEventListener("click", () => this.go(i));
      return step;
    });
    this.text = panel.element("p", "ll-slow-text", texts["slow.about"], { role: "status" });
    this.table = panel.element("div", "ll-numbers-box");
    this.element = panel.element("div", "ll-slow-body", undefined, { tabindex: "-1" });
    this.element.append(this.buttons, this.steps, this.text, this.table);
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    this.show();
  }

  pressed(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 }[event.key];
    if (this.at === null || !by) return;
    event.preventDefault();
    this.go(this.at + by);
  }

  // --- what a person does

  begin() {
    this.ask("look");
  }

  ask(what) {
    const { feed, data } = this.panel;
    this.waiting = true;
    feed.say({ stages: what, tab: data.tab, language: data.language });
  }

  go(at) {
    // To another stage; after the last one the run makes its update.
    if (this.at === null || at < 0 || this.waiting) return;
    if (at < STAGES.length) {
      this.at = at;
      this.show();
    } else {
      this.ask("step");
    }
    if (this.timer) this.play(true);
  }

  play(on) {
    clearTimeout(this.timer);
    this.timer = on && setTimeout(() => this.go(this.at + 1), SHOWN_MS);
    this.showButtons();
  }

  leave() {
    this.play(false);
    this.at = this.found = null;
    this.show();
  }

  // --- what the server sends

  take({ header, arrays }) {
    this.waiting = false;
    if (header.refusal) {
      this.leave();
      this.panel.remark(header.refusal);
      return;
    }
    this.found = { header, arrays };
    this.at = 0;
    this.show();
    if (this.timer) this.play(true);
  }

  follow(told) {
    // The run has gone on without this card: what it shows is no longer the next update.
    if (this.found && told && (told.update !== this.found.header.update || told.status === "playing") && !this.waiting) this.leave();
  }

  // --- showing

  get arrays() {
    // The arrays of the stages up to the present one, by which the drawing is lit; null where there is none.
    if (this.at === null) return null;
    return Object.fromEntries(this.found.header.stages.slice(0, this.at + 1).flatMap(({ arrays }) => arrays.map((name) => [name, this.found.arrays[name]])));
  }

  showButtons() {
    const { texts } = this.panel.data;
    const on = this.at !== null;
    this.start.hidden = on;
    for (const one of [this.back, this.playing, this.next, this.end, this.steps]) one.hidden = !on;
    this.back.disabled = !this.at;
    this.playing.textContent = this.timer ? "❚❚" : "▶";
    this.playing.title = this.playing.ariaLabel = texts[this.timer ? "slow.pause" : "slow.play"];
    this.next.title = this.next.ariaLabel = texts[this.at === STAGES.length - 1 ? "slow.do" : "slow.next"];
  }

  show() {
    const { panel } = this;
    const { texts, layers } = panel.data;
    this.showButtons();
    for (const [i, item] of this.items.entries()) item.setAttribute("aria-current", i === this.at ? "step" : "false");
    if (this.at === null) {
      this.text.textContent = texts["slow.about"];
      this.table.replaceChildren();
    } else {
      const name = STAGES[this.at];
      this.text.textContent = fill(texts[`slow.${name}.text`], { update: this.found.header.update + 1 });
      const { parameters } = this.found.header.stages[this.at].values;
      const { head, rows } = stageTable(name, this.found.arrays, parameters, layers.map(({ symbol }) => symbol), texts);
      this.table.replaceChildren(this.tableOf(head, rows));
    }
    panel.drawing?.light(this.at === null ? null : STAGES[this.at]);
    panel.drawer?.stale(panel.drawer.pictures);
  }

  tableOf(head, rows) {
    const { panel } = this;
    const table = panel.element("table", "ll-numbers");
    const line = table.appendChild(panel.element("tr"));
    for (const text of head) line.append(panel.element("th", "", text, { scope: "col" }));
    for (const [name, ...cells] of rows) {
      const row = table.appendChild(panel.element("tr"));
      row.append(panel.element("th", "", name, { scope: "row" }));
      for (const cell of cells) row.append(panel.element("td", "", cell.replaceAll("-", "−")));
    }
    return table;
  }

  close() {
    clearTimeout(this.timer);
  }
}
