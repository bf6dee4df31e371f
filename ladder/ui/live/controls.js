// The controls that a class moves while it looks: labels, noise and the weight of each layer's reconstruction cost.

import { Choices } from "./choices.js";
import { Slider } from "./slider.js";

const ALL = "all"; // layers

export class Controls {
  // panel: the LivePanel, whose data.stage has what ui/stage.py says.
  constructor(panel) {
    const { stage, layers } = panel.data;
    const { texts } = stage;
    this.panel = panel;
    this.choices = new Choices(panel, () => this.show(), () => this.all().some((one) => one.held));
    const slider = (name, level) => {
      const { label, help, symbol, steps, usual, digits, locked } = stage[name];
      const one = Number.isInteger(level);
      const words = { label: one ? `${symbol} · ${layers[level].name}` : label, help, back: texts.back, locked };
      const show = (value) => (digits === null ? String(value) : value.toFixed(digits));
      const own = Array.isArray(usual) ? usual[one ? level : 0] : usual;
      return new Slider(panel, words, steps, own, show, (value) => this.moved(name, level, value));
    };
    this.labels = slider("n_labeled");
    this.noise = slider("noise_std", ALL);
    this.noises = layers.map((_, l) => slider("noise_std", l));
    this.weights = layers.map((_, l) => slider("lambdas", l));
    this.element = panel.element("section", "ll-controls", undefined, { "aria-label": texts.title });
    const parts = {
      n_labeled: [this.labels.element],
      noise_std: [this.noise.element, this.each(texts)],
      lambdas: [panel.element("h4", "", stage.lambdas.label), ...this.weights.map((one) => one.element), this.scale(stage, texts)],
    };
    for (const [name, elements] of Object.entries(parts)) for (const one of elements) one.hidden = stage[name].hidden;
    this.element.append(...Object.values(parts).flat(), this.more(texts));
  }

  more(texts) {
    // A button that opens the page's sidebar, where all other choices are.
    const button = this.panel.element("button", "ll-button ll-more", texts.more, { type: "button" });
    button.addEventListener("click", () => document.querySelector('[data-testid="stExpandSidebarButton"]')?.click());
    return button;
  }

  each(texts) {
    // The noise of each layer, behind a line that opens it.
    const box = this.panel.element("details", "ll-each");
    box.append(this.panel.element("summary", "", texts.each, { title: texts.each_help }), ...this.noises.map((one) => one.element));
    return box;
  }

  scale({ factors }, texts) {
    // Buttons that multiply all weights; each is disabled where a weight would leave its range.
    const named = { role: "group", "aria-label": texts.scale, title: texts.scale_help };
    const row = this.panel.element("div", "ll-scale-all", undefined, named);
    this.factors = factors.map(([text, factor]) => {
      const button = row.appendChild(this.panel.element("button", "ll-button", text, { type: "button" }));
      button.disabled = true; // until the weights are known
      button.addEventListener("click", () => {
        const { now } = this.choices;
        if (now) this.choices.put("lambdas", now.lambdas.map((weight) => +(weight * factor).toPrecision(6)));
      });
      return [button, factor];
    });
    return row;
  }

  moved(name, level, value) {
    const before = this.choices.now?.[name];
    this.choices.put(name, Array.isArray(before) ? before.map((one, i) => (level === ALL || level === i ? value : one)) : value);
  }

  all() {
    return [this.labels, this.noise, ...this.noises, ...this.weights];
  }

  show() {
    const { n_labeled: n, noise_std: stds, lambdas } = this.choices.now;
    const { low, high, noise_std: noise, lambdas: all, texts } = this.panel.data.stage;
    this.labels.set(n);
    this.noise.set(Math.max(...stds));
    this.noise.rename(new Set(stds).size > 1 ? texts.differs : noise.label);
    for (const [l, one] of this.noises.entries()) one.set(stds[l]);
    for (const [l, one] of this.weights.entries()) {
      one.set(lambdas[l]);
      one.element.classList.toggle("ll-off", lambdas[l] === 0);
    }
    for (const [button, factor] of this.factors) {
      button.disabled = Boolean(all.locked) || !lambdas.every((weight) => weight === 0 || (weight * factor >= low && weight * factor <= high));
    }
  }

  close() {
    this.choices.close();
  }
}
