// The panel of the page Inside: the ladder as a drawing with live numbers, one sample on its way through it, and the
// combinator of one unit. Its switches and sliders act on the run.

import { takeLook } from "./case_dialog.js";
import { Choices } from "./choices.js";
import { Denoiser } from "./denoiser.js";
import { DrawnCard } from "./drawn.js";
import { DrawnSet } from "./drawn_set.js";
import { LadderDrawing } from "./ladder_drawing.js";
import { mounting } from "./mounting.js";
import { Panel } from "./panel.js";
import { SampleCard } from "./sample.js";
import { Slider } from "./slider.js";
import { Slow } from "./slow.js";
import { Timeline } from "./timeline.js";
import { count, fill, format, formatGain, formatPercent, formatSigned } from "./words.js";

const KEEP_MS = 600; // from the last change of what is looked at, until the address names it
const ASK_MS = 80; // between two questions while a hand draws
const LOWEST = 430; // px of the drawing's height
const FLOOR = 92; // px of a layer's height, at least

class InsidePanel extends Panel {
  constructor(root) {
    super(root);
    this.look = null; // fields of recipe/inside.py
    this.before = new Map(); // the noise that a layer had before its switch cut it
    this.choices = new Choices(this, () => this.shown(), () => this.sliders.some((one) => one.held));
    Object.assign(this.feed.replies, {
      stages: (found) => this.slow.take(found),
      combinators: (found) => this.denoiser.compare(found),
      tested: (found) => this.drawn?.take(found),
    });
    this.feed.onAnswer = (answer) => this.choices.answer(answer);
    this.resized = () => this.measure();
    window.addEventListener("resize", this.resized);
  }

  shape() {
    return [this.data.layers, this.data.data, this.data.stage, this.data.drawn];
  }

  get pictured() {
    return this.feed.inside;
  }

  // --- building

  build() {
    const { layers, texts, data } = this.data;
    this.look ??= { ...this.data.look, pixels: [], std: null, draw: 0, ...takeLook() };
    this.look.layer = Math.min(this.look.layer, layers.length - 1);
    this.look.unit = Math.min(this.look.unit, layers[this.look.layer].width - 1);
    this.look.row = Math.min(this.look.row, data.n_rows[this.look.part] - 1);
    this.root.className = `ll-root ll-inside ll-is-${this.kind}`;
    for (const name of ["ladder", "twin"]) this.root.style.setProperty(`--ll-${name}`, this.theme[name]);
    const top = this.root.appendChild(this.element("div", "ll-top"));
    const line = this.buildLine();
    this.numbers = this.element("span", "ll-count", "");
    line.insertBefore(this.numbers, this.message);
    this.timeline?.close();
    this.timeline = new Timeline(this);
    top.append(line, this.progress, this.timeline.element);
    const grid = this.root.appendChild(this.element("div", "ll-grid"));
    this.drawnSet?.close();
    this.drawnSet = this.data.drawn && new DrawnSet(this.data.drawn, () => this.drawn.changed());
    this.drawn = null;
    const names = ["drawing", "motion", "sample", "combinator", "layer", ...(this.drawnSet ? ["drawn"] : [])];
    for (const name of names) grid.append(this.card(name));
    const drawn = {
      drawing: () => this.drawing.draw(), sample: () => this.sample.drawShares(),
      combinator: () => this.denoiser.draw(), layer: () => this.drawLayer(),
    };
    this.beginDrawing([], drawn, this.words());
    this.drawing.lines.ariaLabel = texts["card.drawing.title"];
  }

  build_drawing() {
    this.drawing = new LadderDrawing(this, (layer, unit) => this.choose(layer, unit), (kind, l) => this.cut(kind, l));
    return this.drawing.element;
  }

  build_sample() {
    this.sample = new SampleCard(this);
    return this.sample.elements;
  }

  build_drawn() {
    this.drawn = new DrawnCard(this, this.drawnSet);
    return this.drawn.elements;
  }

  build_motion() {
    this.slow?.close();
    this.slow = new Slow(this);
    return this.slow.element;
  }

  build_combinator() {
    this.denoiser?.close();
    this.denoiser = new Denoiser(this);
    return this.denoiser.elements;
  }

  build_layer() {
    // The chosen layer's errors of this sample, its two sliders, and all numbers on demand.
    const { texts } = this.data;
    this.layerName = this.element("p", "ll-layer-words", "");
    this.weights = this.layerSliders("lambdas");
    this.noises = this.layerSliders("noise_std");
    this.table = this.element("details", "ll-each");
    this.table.append(this.element("summary", "", texts["layer.numbers"]));
    this.table.addEventListener("toggle", () => this.drawLayer());
    return [this.layerName, ...this.sliders.map((one) => one.element), this.table];
  }

  layerSliders(name) {
    // A slider of the choice `name` for each layer, of which the chosen layer's is shown.
    const { stage, layers } = this.data;
    const { label, help, symbol, steps, usual, digits } = stage[name];
    const show = (value) => (digits === null ? String(value) : value.toFixed(digits));
    return layers.map((layer, l) => {
      const words = { label: `${symbol} · ${layer.name}`, help: `${label}\n${help}`, back: stage.texts.back };
      return new Slider(this, words, steps, usual[l] ?? usual, show, (value) => this.choices.putAt(name, l, value));
    });
  }

  get sliders() {
    return [...(this.weights ?? []), ...(this.noises ?? [])];
  }

  words() {
    const { texts } = this.data;
    const name = (title, said) => said && fill(texts.named, { name: title, value: said });
    const nodes = this.drawing.rows.flatMap(({ nodes: of }, l) =>
      Object.entries(of).map(([path, { canvas }]) => {
        const title = canvas.getAttribute("aria-label");
        return [canvas, () => this.feed.inside && name(title, this.nodeWords(path, l))];
      }),
    );
    const chart = [this.denoiser.chart, () => name(texts["card.combinator.title"], this.denoiser.words())];
    return [...nodes, chart];
  }

  nodeWords(path, l) {
    // The squared error of this sample's values in a node, or of the clean ones their range.
    const { noisy_error: noisy, denoised_error: denoised } = this.feed.inside.arrays;
    const values = this.feed.inside.arrays[`z/${l}`];
    if (!values) return undefined;
    const { texts } = this.data;
    if (path === "z") return fill(texts["says.clean"], { low: format(Math.min(...values)), high: format(Math.max(...values)) });
    return fill(texts["says.error"], { error: format((path === "z_hat" ? denoised : noisy)[l]) });
  }

  present(name) {
    const { layers, texts } = this.data;
    const { arrays } = this.feed.inside ?? {};
    if (name === "combinator") return this.denoiser.words() ?? "";
    if (name === "motion") return this.slow.text.textContent;
    if (name === "drawn") return this.drawn.errors.innerText;
    if (name === "drawing") return layers.map(({ symbol }, l) => `${symbol} C ${format(this.cost(l))} · ${formatGain(this.gain(l))}`).join("\n");
    if (!arrays) return "";
    if (name === "layer") return layers.map(({ symbol }, l) => `${symbol} ${format(arrays.noisy_error[l])} → ${format(arrays.denoised_error[l])}`).join(" · ");
    const best = (shares) => shares.indexOf(Math.max(...shares));
    const [noisy, clean] = [arrays.probabilities_tilde, arrays.probabilities].map((shares) => this.data.data.class_names[best(shares)]);
    return `ỹ ${noisy} · y ${clean}${texts.comma}${this.sample.name.textContent}`;
  }

  // --- what a person does

  see(values) {
    // Looks at something else of the run.
    this.look = { ...this.look, ...values };
    this.ask();
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keep(), KEEP_MS);
    this.shown();
  }

  keep() {
    // Has the address name what is looked at, for a reload and for others.
    const { part, row, layer, unit } = this.look;
    this.tell("runs", { do: "look", part, row, layer, unit, nonce: Date.now() });
  }

  choose(layer, unit) {
    this.see({ layer, unit: unit ?? (layer === this.look.layer ? this.look.unit : 0) });
  }

  ask() {
    // Tells the server what is looked at, now or, while a hand draws, a moment later.
    if (this.asking) return;
    this.asking = setTimeout(() => {
      this.asking = null;
      const { tab, language } = this.data;
      this.feed.say({ inside: this.look, tab, language });
    }, performance.now() - (this.asked ?? -Infinity) < ASK_MS ? ASK_MS : 0);
    this.asked = performance.now();
  }

  cut(kind, l) {
    // Cuts a layer's signal or noise, or lets it through again.
    const { now } = this.choices;
    if (!now) return;
    if (kind !== "noise") {
      this.choices.putAt(kind, l, !now[kind][l]);
      return;
    }
    const std = now.noise_std[l];
    const { usual } = this.data.stage.noise_std;
    if (std) this.before.set(l, std);
    this.choices.putAt("noise_std", l, std ? 0 : (this.before.get(l) ?? usual[l] ?? usual));
  }

  // --- living

  updated(before) {
    if (!before || before.run !== this.data.run) this.choices.begin();
    super.updated(before);
    this.choices.adopt(this.feed.told);
    this.measure();
    this.shown();
  }

  measure() {
    // The drawing is as high as the window has room for.
    const { drawing } = this;
    const scrolled = this.root.closest("[data-testid=stMain]")?.scrollTop ?? 0;
    const room = window.innerHeight - (drawing.element.getBoundingClientRect().top + scrolled) - 24;
    drawing.place(Math.max(LOWEST, FLOOR * this.data.layers.length, room));
    this.drawer.stale(this.drawer.pictures);
  }

  received(kind, rows) {
    super.received(kind, rows);
    if (kind === "increment" || kind === "history") {
      this.choices.adopt(this.feed.told);
      this.drawer.stale(this.drawer.pictures); // the costs beside the rungs
    }
  }

  connected(open, reason) {
    if (open) {
      this.choices.connected();
      this.ask();
      this.drawn?.connected();
    }
    super.connected(open, reason);
  }

  shown() {
    // After a change of the choices, or of what is looked at.
    if (!this.drawing) return;
    const { now } = this.choices;
    const { layer } = this.look;
    this.sample.show(now);
    this.denoiser.show();
    this.layerName.textContent = this.data.layers[layer].label;
    for (const [sliders, name] of [[this.weights, "lambdas"], [this.noises, "noise_std"]]) {
      for (const [l, one] of sliders.entries()) {
        one.element.hidden = l !== layer;
        if (now) one.set(now[name][l]);
      }
    }
    this.drawer.stale(this.drawer.pictures);
  }

  cost(l) {
    return this.feed.points.get(`denoising/${l}`).at(-1);
  }

  gain(l) {
    return this.feed.measured.get(`gain/${l}`).at(-1);
  }

  counters() {
    const { language, texts } = this.data;
    const told = this.tellStatus();
    this.sample.show(this.choices.now);
    this.slow.follow(told);
    this.timeline.show();
    this.drawn?.follow();
    const error = this.feed.measured.get("test_error").at(-1);
    this.numbers.textContent = told
      ? fill(texts["inside.numbers"], { update: count(told.update, language), error: formatPercent(error, texts), supervised: format(this.feed.points.get("supervised").at(-1)) })
      : "";
  }

  drawLayer() {
    const { texts, layers } = this.data;
    const { arrays } = this.feed.inside;
    const { layer } = this.look;
    const words = { layer: layers[layer].label, noisy: format(arrays.noisy_error[layer]), restored: format(arrays.denoised_error[layer]) };
    this.layerName.textContent = fill(texts["layer.errors"], words);
    this.table.querySelector("table")?.remove();
    if (this.table.open) this.table.append(this.numbersOfLayer(arrays, layer));
  }

  numbersOfLayer(arrays, layer) {
    // A table with a row for each unit.
    const { texts } = this.data;
    const kinds = ["z", "z_tilde", "u", "z_hat_bn"];
    const table = this.element("table", "ll-numbers");
    const head = table.appendChild(this.element("tr"));
    for (const name of [texts["layer.unit"], "z", "z̃", "u", "ẑ", "(ẑ − z)²"]) head.append(this.element("th", "", name, { scope: "col" }));
    const columns = kinds.map((kind) => arrays[`${kind}/${layer}`]);
    for (let unit = 0; unit < columns[0].length; unit++) {
      const row = table.appendChild(this.element("tr"));
      row.append(this.element("th", "", String(unit + 1), { scope: "row" }));
      const values = columns.map((column) => column[unit]);
      for (const value of [...values, (values[3] - values[0]) ** 2]) row.append(this.element("td", "", formatSigned(value)));
    }
    return table;
  }

  close() {
    window.removeEventListener("resize", this.resized);
    clearTimeout(this.asking);
    clearTimeout(this.keeping);
    this.choices.close();
    this.drawnSet?.close();
    this.denoiser?.close();
    this.slow?.close();
    this.timeline?.close();
    super.close();
  }
}

export default mounting(InsidePanel);
